using Microsoft.Extensions.Logging;
using Postfleet.Dns;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Session;

namespace Postfleet.Frontend.Screening;

/// <summary>
/// Makes the checks of whether mail of strangers is wanted, in their order. Strangers are clients outside of the trusted networks that have
/// not authenticated. Immutable.
/// </summary>
/// <param name="Lists">The access lists; null without files.</param>
/// <param name="Lookup">The resolver; null where there is none.</param>
/// <param name="Time">The clock.</param>
/// <param name="Logger">The module's log.</param>
/// <param name="Budget">Limits the log lines.</param>
internal sealed record StrangerServices(AccessFiles? Lists, IDnsLookup? Lookup, TimeProvider Time, ILogger Logger, LogBudget Budget)
{
    /// <summary>The registered checks with those of this module before them.</summary>
    public SessionChecks Before(SessionChecks registered) => Lists is null ? registered : registered with
    {
        Recipient = [new AccessCheck(Lists, Lookup, Time, Logger, Budget), .. registered.Recipient],
    };
}
