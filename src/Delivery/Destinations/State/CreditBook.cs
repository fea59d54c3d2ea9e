using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Destinations.State;

/// <summary>The requests for credit, the grants, and the order of turns.</summary>
internal sealed class CreditBook(DestinationRules rules)
{
    private readonly FairRing _ring = new();
    private readonly Queue<(QueueLine Line, int Number, DateTimeOffset LapsesAt)> _grants = new();
    private readonly List<QueueLine> _round = [];
    private readonly Dictionary<QueueLine, int> _roundGrants = [];

    /// <summary>Credits granted and not used.</summary>
    public int Granted { get; private set; }

    /// <summary>Credits asked for and not granted.</summary>
    public int Wanted { get; private set; }

    /// <summary>When the oldest unused grant lapses.</summary>
    public DateTimeOffset? NextLapse => _grants.TryPeek(out var grant) ? grant.LapsesAt : null;

    /// <summary>Replaces the request of a queue. A queue asks only when it has used or lost its last grant.</summary>
    public void Ask(QueueLine line, int jobs)
    {
        Release(line);
        Wanted += jobs - line.Wanted;
        line.Wanted = jobs;
        if (jobs > 0) _ring.Add(line);
    }

    /// <summary>The jobs of a queue have arrived, and use its grant.</summary>
    public void Use(QueueLine line, int jobs)
    {
        var used = Math.Min(jobs, line.Granted);
        line.Granted -= used;
        Granted -= used;
    }

    /// <summary>Drops the request and the unused grant of a queue.</summary>
    public void Withdraw(QueueLine line)
    {
        Release(line);
        Wanted -= line.Wanted;
        line.Wanted = 0;
    }

    /// <summary>Takes back expired grants. Returns their queues.</summary>
    public IEnumerable<QueueLine> Lapse(DateTimeOffset now)
    {
        while (_grants.TryPeek(out var grant)
            && (grant.Number != grant.Line.GrantNumber || grant.Line.Granted == 0 || grant.LapsesAt <= now))
        {
            _grants.Dequeue();
            if (grant.Number != grant.Line.GrantNumber || grant.Line.Granted == 0) continue;
            Release(grant.Line);
            yield return grant.Line;
        }
    }

    /// <summary>Grants credits, a single credit at each turn. Returns the number for each queue.</summary>
    public IEnumerable<(QueueKey Queue, int Credits)> Share(int credits, DateTimeOffset now)
    {
        _round.Clear();
        _roundGrants.Clear();
        while (credits > 0 && _ring.TryTake(out var line))
        {
            if (line.Wanted == 0) continue;
            if (!_roundGrants.TryGetValue(line, out var granted)) _round.Add(line);
            _roundGrants[line] = granted + 1;
            line.Wanted--;
            Wanted--;
            credits--;
            if (line.Wanted > 0) _ring.Add(line);
        }

        foreach (var line in _round)
        {
            var granted = _roundGrants[line];
            line.Granted += granted;
            Granted += granted;
            _grants.Enqueue((line, ++line.GrantNumber, now + rules.GrantLife));
            yield return (line.Key, granted);
        }
    }

    private void Release(QueueLine line)
    {
        Granted -= line.Granted;
        line.Granted = 0;
    }
}
