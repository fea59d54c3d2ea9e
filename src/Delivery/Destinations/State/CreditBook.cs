using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Destinations.State;

/// <summary>Who asked for credit, who has it, and whose turn is next.</summary>
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

    /// <summary>A queue asks, instead of what it asked before. It has used or lost what it was granted, or it would not ask.</summary>
    public void Ask(QueueLine line, int jobs)
    {
        Release(line);
        Wanted += jobs - line.Wanted;
        line.Wanted = jobs;
        if (jobs > 0) _ring.Add(line);
    }

    /// <summary>A queue's jobs came in: they use what it was granted.</summary>
    public void Use(QueueLine line, int jobs)
    {
        var used = Math.Min(jobs, line.Granted);
        line.Granted -= used;
        Granted -= used;
    }

    /// <summary>A queue's requests and unused grants are void.</summary>
    public void Withdraw(QueueLine line)
    {
        Release(line);
        Wanted -= line.Wanted;
        line.Wanted = 0;
    }

    /// <summary>Takes back what was granted too long ago; returns the queues that it was taken from.</summary>
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

    /// <summary>Shares credits out, one at a turn, and says how many each queue got.</summary>
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
