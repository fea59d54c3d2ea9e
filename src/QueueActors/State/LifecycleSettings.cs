using Postfleet.QueueActors.Events;

namespace Postfleet.QueueActors.State;

/// <summary>The times and sizes of a queue's lifecycle. All queues of a node share one.</summary>
/// <param name="IdleTimeout">How long an empty queue stays.</param>
/// <param name="BatchInterval">From the beginning of a busy round to that of the next; see <see cref="BatchPacer"/>.</param>
internal sealed record LifecycleSettings(TimeSpan IdleTimeout, TimeSpan BatchInterval)
{
    /// <summary>Events that make a round one of a busy queue.</summary>
    public int BusyBatch { get; init; } = BatchPacer.BusyBatch;

    /// <summary>Most events of a row.</summary>
    public int MaxEventsPerRow { get; init; } = 1000;

    /// <summary>Most messages and reports of one piece of a checkpoint.</summary>
    public int MaxItemsPerPiece { get; init; } = CheckpointPiece.MaxItems;

    /// <summary>A checkpoint is written after more events than this, and after more events than there are messages.</summary>
    public int MinEventsToCompact { get; init; } = 1000;
}
