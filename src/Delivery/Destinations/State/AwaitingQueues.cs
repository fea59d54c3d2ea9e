using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Destinations.State;

/// <summary>
/// The queues told to pause for a site. While they wait, the destination itself tries the site after each first pause, and grants
/// them credit when the site can be reached, so mail does not wait for the rest of a long pause. Bounded; a queue that is not kept
/// asks again by itself.
/// </summary>
internal sealed class AwaitingQueues
{
    /// <summary>Most queues kept.</summary>
    public const int Max = 10_000;

    private readonly Dictionary<QueueKey, DateTimeOffset> _until = [];
    private DateTimeOffset _last = DateTimeOffset.MinValue;

    /// <summary>Whether a queue still waits.</summary>
    public bool AreAny(DateTimeOffset now)
    {
        if (now >= _last) _until.Clear();
        return _until.Count > 0;
    }

    /// <summary>Keeps a queue until the end of its pause. False when the maximum number is kept.</summary>
    public bool Add(QueueKey queue, DateTimeOffset until)
    {
        if (_until.Count >= Max && !_until.ContainsKey(queue)) return false;
        _until[queue] = until;
        if (until > _last) _last = until;
        return true;
    }

    /// <summary>Removes and returns the waiting queues.</summary>
    public IReadOnlyList<QueueKey> TakeAll(DateTimeOffset now)
    {
        QueueKey[] waiting = [.. _until.Where(queue => queue.Value > now).Select(queue => queue.Key)];
        _until.Clear();
        return waiting;
    }
}
