using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Destinations;

/// <summary>Who wants credit and who holds some that is not used yet.</summary>
internal sealed class CreditBook
{
    private readonly Dictionary<QueueKey, int> _wanted = [];
    private readonly Dictionary<QueueKey, (int Credits, long Until)> _granted = [];
    private readonly FairRing _turns = new();

    /// <summary>Credits that were granted and not used.</summary>
    public int Granted { get; private set; }

    public bool IsEmpty => _wanted.Count == 0 && _granted.Count == 0;

    public void Want(QueueKey queue, int jobs)
    {
        if (jobs <= 0)
        {
            _wanted.Remove(queue);
            return;
        }

        _wanted[queue] = jobs;
        _turns.Add(queue);
    }

    /// <summary>Shares out some room, in turns.</summary>
    public void Share(int room, long until, Action<QueueKey, int> grant)
    {
        while (room > 0 && _turns.TryTake(out var queue))
        {
            if (!_wanted.TryGetValue(queue, out var wanted)) continue;
            var credits = Math.Min(wanted, Math.Max(1, room / (_turns.Count + 1)));
            room -= credits;
            Granted += credits;
            _granted[queue] = (_granted.GetValueOrDefault(queue).Credits + credits, until);
            if (wanted == credits) _wanted.Remove(queue);
            else Want(queue, wanted - credits);
            grant(queue, credits);
        }
    }

    /// <summary>A job has come: one credit less is out, if the queue had any.</summary>
    public void Use(QueueKey queue)
    {
        if (!_granted.TryGetValue(queue, out var grant)) return;
        Granted--;
        if (grant.Credits == 1) _granted.Remove(queue);
        else _granted[queue] = grant with { Credits = grant.Credits - 1 };
    }

    public void Lapse(long now)
    {
        foreach (var (queue, grant) in _granted.Where(grant => grant.Value.Until <= now).ToList())
        {
            Granted -= grant.Credits;
            _granted.Remove(queue);
        }
    }

    /// <summary>Forgets all, and says who had wanted or held credit.</summary>
    public IReadOnlyCollection<QueueKey> Clear()
    {
        HashSet<QueueKey> queues = [.. _wanted.Keys, .. _granted.Keys];
        _wanted.Clear();
        _granted.Clear();
        _turns.Clear();
        Granted = 0;
        return queues;
    }
}
