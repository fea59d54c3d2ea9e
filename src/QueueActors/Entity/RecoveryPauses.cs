using System.Collections.Concurrent;
using Postfleet.Core.Queueing;
using Postfleet.Core.Units;

namespace Postfleet.QueueActors.Entity;

/// <summary>
/// Pauses of queues on this node whose recovery from the journal failed. A shard restarts an entity with its next message; without pauses,
/// a journal in trouble would be queried for all queues many times a second and could not recover. Thread-safe.
/// </summary>
internal sealed class RecoveryPauses(TimeProvider time)
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(8);

    private readonly ConcurrentDictionary<QueueKey, (TimeSpan Pause, long FailedAt)> _failed = new();

    /// <summary>The remaining pause of a queue; zero if recovery may be tried.</summary>
    public TimeSpan Left(QueueKey queue)
    {
        if (!_failed.TryGetValue(queue, out var failure)) return TimeSpan.Zero;
        var left = failure.Pause - time.GetElapsedTime(failure.FailedAt);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>Records a failed recovery; each pause is twice the previous pause.</summary>
    public TimeSpan Failed(QueueKey queue) => _failed.AddOrUpdate(
        queue,
        _ => (First, time.GetTimestamp()),
        (_, last) => (ExponentialPause.Next(last.Pause, First, Longest), time.GetTimestamp())).Pause;

    /// <summary>Records a successful recovery.</summary>
    public void Recovered(QueueKey queue) => _failed.TryRemove(queue, out _);
}
