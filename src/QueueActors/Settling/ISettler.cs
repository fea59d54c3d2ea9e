using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.State;

namespace Postfleet.QueueActors.Settling;

/// <summary>Has the spool do what a queue's reports ask for: delete parts that are done, and store the DSNs for what failed.</summary>
internal interface ISettler
{
    /// <summary>
    /// Settles all reports, which are of different messages. Idempotent: a report that was settled before is confirmed again. Never throws
    /// for a storage that fails: what it could not do is left out of the answer, and is to be asked again later.
    /// </summary>
    /// <returns>The reports that the spool has confirmed.</returns>
    ValueTask<IReadOnlyList<AttemptId>> SettleAsync(
        QueueKey queue, IReadOnlyList<SettlementRequest> reports, CancellationToken cancellationToken);
}
