using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;

namespace Postfleet.QueueActors.Settling;

/// <summary>Settles a queue's reports in the spool: deletes finished parts, and stores the DSNs for failures.</summary>
internal interface ISettler
{
    /// <summary>
    /// Settles all reports, which are of different messages. Idempotent: a report settled before is confirmed again. Never throws when the
    /// storage fails: the answer omits the failed reports, and the caller repeats them later.
    /// </summary>
    /// <returns>The reports confirmed by the spool.</returns>
    ValueTask<IReadOnlyList<AttemptId>> SettleAsync(
        QueueKey queue, IReadOnlyList<SettlementRequest> reports, CancellationToken cancellationToken);
}
