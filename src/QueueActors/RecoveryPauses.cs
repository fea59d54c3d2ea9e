using System.Collections.Concurrent;
using Postfleet.Core.Queueing;

namespace Postfleet.QueueActors;

/// <summary>
/// Which queues of this node could not be read from the journal lately, and until when they are left alone. A shard starts an entity again
/// with the next message for it, so that without pauses a journal in trouble is asked for all of them many times a second, and does not
/// come out of it. Thread-safe.
/// </summary>
internal sealed class RecoveryPauses(TimeProvider time)
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(8);

    private readonly ConcurrentDictionary<QueueKey, (TimeSpan Pause, long FailedAt)> _failed = new();

    /// <summary>What is left of a queue's pause; zero when it may be read.</summary>
    public TimeSpan Left(QueueKey queue)
    {
        if (!_failed.TryGetValue(queue, out var failure)) return TimeSpan.Zero;
        var left = failure.Pause - time.GetElapsedTime(failure.FailedAt);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>A queue could not be read: each pause is twice the one before it.</summary>
    public TimeSpan Failed(QueueKey queue) => _failed.AddOrUpdate(
        queue,
        _ => (First, time.GetTimestamp()),
        (_, last) => (last.Pause * 2 < Longest ? last.Pause * 2 : Longest, time.GetTimestamp())).Pause;

    /// <summary>A queue has been read.</summary>
    public void Recovered(QueueKey queue) => _failed.TryRemove(queue, out _);
}
