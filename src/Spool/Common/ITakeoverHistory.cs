using Postfleet.Core.Queueing;

namespace Postfleet.Spool.Common;

/// <summary>Why a queue has another owner. The numbers are stored.</summary>
public enum TakeoverReason
{
    /// <summary>The new owner did not see it.</summary>
    Unknown = 0,

    /// <summary>The former owner was declared dead.</summary>
    NodeLost = 1,

    /// <summary>The former owner left in order, as a node does that stops.</summary>
    NodeLeft = 2,

    /// <summary>The former owner lives: the cluster has shared out its queues anew.</summary>
    Rebalanced = 3,
}

/// <summary>A change of the owner of a queue in which mail waited. Queue, number and owner are its key.</summary>
/// <param name="Queue">The queue.</param>
/// <param name="Number">The last sequence number of the queue's journal when the new owner had read it.</param>
/// <param name="At">When the new owner had read it, by the steady clock of its node.</param>
/// <param name="Owner">The new owner, as host:port.</param>
/// <param name="FormerOwner">The node that wrote the journal before, as host:port.</param>
/// <param name="Reason">Why.</param>
public sealed record QueueTakeover(
    QueueKey Queue, long Number, DateTimeOffset At, string Owner, string FormerOwner, TakeoverReason Reason);

/// <summary>A span of time in which a message was in a queue.</summary>
/// <param name="Queue">The queue.</param>
/// <param name="From">The beginning.</param>
/// <param name="To">The end, included.</param>
public readonly record struct QueueStay(QueueKey Queue, DateTimeOffset From, DateTimeOffset To);

/// <summary>
/// The changes of owner of queues: events of queues and not of messages, so that a node that takes over a million messages writes a row for
/// each queue. They belong to the history, are bounded like it, and are in no search and not in the feed. Thread-safe.
/// </summary>
/// <remarks>The methods throw <see cref="SpoolUnavailableException"/> when the storage fails.</remarks>
public interface ITakeoverHistory
{
    /// <summary>Most changes that <see cref="FindAsync"/> returns.</summary>
    const int MaxFound = 1000;

    /// <summary>
    /// Whether changes are kept: not on embedded storage, where a queue has no other owner, and not with <see cref="HistoryKeep.None"/>.
    /// </summary>
    bool KeepsTakeovers { get; }

    /// <summary>Writes changes. A change that is there already is not written again.</summary>
    ValueTask RecordAsync(IReadOnlyList<QueueTakeover> takeovers, CancellationToken cancellationToken);

    /// <summary>The changes of owner during some stays of a message, the oldest first.</summary>
    ValueTask<IReadOnlyList<QueueTakeover>> FindAsync(IReadOnlyList<QueueStay> stays, CancellationToken cancellationToken);
}
