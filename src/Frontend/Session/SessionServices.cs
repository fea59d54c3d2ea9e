using Microsoft.Extensions.Logging;
using Postfleet.Core.Options;
using Postfleet.Frontend.Intake;
using Postfleet.Frontend.Tls;

namespace Postfleet.Frontend.Session;

/// <summary>What all sessions of a server share. Without a certificate there is no <paramref name="Tls"/>.</summary>
internal sealed record SessionServices(
    OwnReplies Own, SmtpOptions Limits, RelayPolicy Relay, MessageIntake Intake, BodyMemory Memory, TimeProvider Time, ILogger Logger, LogBudget Refusals,
    TlsServer? Tls = null);
