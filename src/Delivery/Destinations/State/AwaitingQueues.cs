using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Destinations.State;

/// <summary>
/// The queues that were told to leave a site alone for a while. While they wait, the destination itself tries the site after each first
/// pause, and tells them when the site can be reached: an outage that has ended holds no mail up for the rest of a long pause. Bounded; a
/// queue that is not kept asks again by itself.
/// </summary>
internal sealed class AwaitingQueues
{
    /// <summary>Most queues that are kept.</summary>
    public const int Max = 10_000;

    private readonly Dictionary<QueueKey, DateTimeOffset> _until = [];
    private DateTimeOffset _last = DateTimeOffset.MinValue;

    /// <summary>Whether a queue still waits.</summary>
    public bool AreAny(DateTimeOffset now)
    {
        if (now >= _last) _until.Clear();
        return _until.Count > 0;
    }

    /// <summary>Keeps a queue until the end of the pause that it was told. False when there is no place for it.</summary>
    public bool Add(QueueKey queue, DateTimeOffset until)
    {
        if (_until.Count >= Max && !_until.ContainsKey(queue)) return false;
        _until[queue] = until;
        if (until > _last) _last = until;
        return true;
    }

    /// <summary>The queues that still wait; none is kept afterwards.</summary>
    public IReadOnlyList<QueueKey> TakeAll(DateTimeOffset now)
    {
        QueueKey[] waiting = [.. _until.Where(queue => queue.Value > now).Select(queue => queue.Key)];
        _until.Clear();
        return waiting;
    }
}
