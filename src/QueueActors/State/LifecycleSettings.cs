using Postfleet.QueueActors.Events;

namespace Postfleet.QueueActors.State;

/// <summary>Times and sizes of a queue's lifecycle. All queues of a node share an instance.</summary>
/// <param name="IdleTimeout">How long an empty queue stays in memory.</param>
/// <param name="BatchInterval">
/// The minimum time between the beginnings of two batches of a busy queue; see <see cref="BatchPacer"/>.
/// </param>
internal sealed record LifecycleSettings(TimeSpan IdleTimeout, TimeSpan BatchInterval)
{
    /// <summary>A batch with at least this number of events marks the queue as busy.</summary>
    public int BusyBatch { get; init; } = BatchPacer.BusyBatch;

    /// <summary>The maximum number of events in a row.</summary>
    public int MaxEventsPerRow { get; init; } = 1000;

    /// <summary>The maximum number of messages and reports in a piece of a checkpoint.</summary>
    public int MaxItemsPerPiece { get; init; } = CheckpointPiece.MaxItems;

    /// <summary>A checkpoint is written once the events since the last checkpoint exceed this number and the number of messages.</summary>
    public int MinEventsToCompact { get; init; } = 1000;
}
