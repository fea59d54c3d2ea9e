using System.Threading.Channels;
using Postfleet.Core.Queueing;

namespace Postfleet.QueueActors.Ownership;

/// <summary>A queue that has recovered mail of another node.</summary>
/// <param name="Queue">The queue.</param>
/// <param name="Number">The last sequence number of its journal.</param>
/// <param name="Former">The other node, as host:port.</param>
/// <param name="At">When the queue had recovered.</param>
internal readonly record struct RecoveredElsewhere(QueueKey Queue, long Number, string Former, DateTimeOffset At);

/// <summary>
/// The bounded buffer between the queues, which add on their threads, and <see cref="TakeoverRecorder"/>, which reads. A queue never waits:
/// beyond the bound, changes of owner are counted and not recorded. Thread-safe.
/// </summary>
internal sealed class TakeoverBuffer(TimeProvider time)
{
    /// <summary>The most changes that wait: those of a node with all the queues that a node is measured with.</summary>
    public const int Capacity = 200_000;

    private readonly Channel<RecoveredElsewhere> _waiting =
        Channel.CreateBounded<RecoveredElsewhere>(new BoundedChannelOptions(Capacity) { AllowSynchronousContinuations = false });

    private int _dropped;
    private volatile bool _isRead;

    /// <summary>Whether somebody records the changes; before, and where no history is kept, they are dropped.</summary>
    public bool IsRead
    {
        set => _isRead = value;
    }

    /// <summary>Adds a change.</summary>
    public void Add(QueueKey queue, long number, string former)
    {
        if (!_isRead) return;
        if (!_waiting.Writer.TryWrite(new RecoveredElsewhere(queue, number, former, time.GetUtcNow()))) Interlocked.Increment(ref _dropped);
    }

    /// <summary>Takes the oldest changes that wait.</summary>
    /// <param name="most">Most changes to take.</param>
    public IReadOnlyList<RecoveredElsewhere> Take(int most)
    {
        if (_waiting.Reader.Count == 0) return [];
        List<RecoveredElsewhere> taken = [];
        while (taken.Count < most && _waiting.Reader.TryRead(out var one)) taken.Add(one);
        return taken;
    }

    /// <summary>The number of changes that found no room since the last call.</summary>
    public int TakeDropped() => Interlocked.Exchange(ref _dropped, 0);
}
