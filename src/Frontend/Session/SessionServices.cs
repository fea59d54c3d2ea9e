using Microsoft.Extensions.Logging;
using Postfleet.Core.Options;
using Postfleet.Frontend.Intake;

namespace Postfleet.Frontend.Session;

/// <summary>What all sessions of a server share.</summary>
internal sealed record SessionServices(
    OwnReplies Own, SmtpOptions Limits, RelayPolicy Relay, MessageIntake Intake, BodyMemory Memory, TimeProvider Time, ILogger Logger, LogBudget Refusals);
