using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;

namespace Postfleet.QueueActors.State;

/// <content>The outcomes for history of events that settle nothing.</content>
internal sealed partial class QueueState
{
    // Only during the replay: each later event is recorded by the batch that decides it.
    private ReplayedRecords? _replayed = keepsOutcomes ? new() : null;

    /// <summary>
    /// The record of an event that was applied just now; null for an event that settles something, whose settlement carries its outcomes,
    /// and where no history is kept.
    /// </summary>
    public QueueEffect.Record? RecordOf(IQueueEvent @event)
    {
        if (!keepsOutcomes || @event is not AttemptEnded { Recipients.Count: > 0 } e) return null;
        if (_unsettled.TryGetValue(e.Message, out var reports) && reports.Exists(report => report.Attempt == e.Attempt)) return null;
        return new QueueEffect.Record(
            new AttemptId(e.Message, e.Attempt), new PartOutcomes(ReportCause.Attempt, e.At, e.Recipients) { Details = e.Details });
    }

    /// <summary>
    /// The records of an action that was applied just now, by message; none for an action that ends messages in this queue, whose
    /// settlements carry the outcomes, and where no history is kept.
    /// </summary>
    public IReadOnlyList<QueueEffect.Record> RecordsOf(ActionApplied e)
    {
        // Rows of earlier versions have no reply, and no number of their own.
        var continues = e.Action is MessageAction.Retry or MessageAction.Hold or MessageAction.Release;
        if (!keepsOutcomes || !continues || e.Reply is not { } reply) return [];
        return [.. e.Messages.Where(message => _entries.ContainsKey(message.Message)).Select(message => new QueueEffect.Record(
            message, new PartOutcomes(
                ReportCause.Action, e.At, [new RecipientOutcome(_entries[message.Message].Open, Disposition.Deferred, reply, "")])))];
    }

    /// <summary>Ends the replay.</summary>
    /// <returns>The records that an earlier owner may have lost, in order.</returns>
    public IReadOnlyCollection<QueueEffect.Record> TakeReplayed()
    {
        var replayed = _replayed;
        _replayed = null;
        return replayed?.All ?? [];
    }
}
