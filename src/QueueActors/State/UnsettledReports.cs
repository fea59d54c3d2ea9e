using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;

namespace Postfleet.QueueActors.State;

/// <summary>The unsettled reports, by message, in the order in which they must be settled. Owned by <see cref="QueueState"/>.</summary>
internal sealed class UnsettledReports : Dictionary<MessageId, List<SettlementRequest>>
{
    /// <summary>The number of moves to other queues among the reports.</summary>
    public int Moves { get; private set; }

    /// <summary>Removes all reports.</summary>
    public new void Clear()
    {
        base.Clear();
        Moves = 0;
    }

    /// <summary>Adds the report of an event.</summary>
    public void Add(
        QueueEntry entry, int attempt, bool isFinal, ReportCause cause, IReadOnlyList<RecipientOutcome> reported, PartOutcomes? outcomes) =>
        Add(new SettlementRequest(entry.Message, attempt, isFinal, entry.AcceptedAt, cause, reported) { Outcomes = outcomes });

    /// <summary>Adds a report behind the message's earlier reports.</summary>
    public void Add(SettlementRequest report)
    {
        if (report.Move is not null) Moves++;
        if (TryGetValue(report.Message, out var reports)) reports.Add(report);
        else Add(report.Message, [report]);
    }

    /// <summary>Removes the reports of a message up to an attempt.</summary>
    public void Confirm(MessageId message, int attempt)
    {
        if (!TryGetValue(message, out var reports)) return;
        Moves -= reports.Count(report => report.Attempt <= attempt && report.Move is not null);
        reports.RemoveAll(report => report.Attempt <= attempt);
        if (reports.Count == 0) Remove(message);
    }

    /// <summary>Removes the reports about messages which continue but are not in the queue.</summary>
    public void RemoveOrphans(IReadOnlyDictionary<MessageId, QueueEntry> entries)
    {
        foreach (var (message, reports) in this)
            if (!entries.ContainsKey(message) && !reports.Exists(report => report.IsFinal)) Remove(message);
    }
}
