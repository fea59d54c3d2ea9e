using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Destinations.State;

/// <summary>
/// The queues at a destination: their requests for credit, the grants, and the order of turns. A queue is kept while it has credit or jobs
/// here.
/// </summary>
internal sealed partial class CreditBook(DestinationRules rules)
{
    private readonly Dictionary<QueueKey, QueueLine> _lines = [];
    private readonly FairRing _ring = new(rules.Streams);
    private readonly RateMeter _rate = new();
    private readonly Queue<(QueueLine Line, int Number, DateTimeOffset LapsesAt)> _grants = new();
    private readonly List<QueueLine> _round = [];
    private readonly Dictionary<QueueLine, int> _roundGrants = [];

    /// <summary>Keeps other limits from now on.</summary>
    public DestinationRules Use(DestinationRules next)
    {
        _ring.Use(next.Streams);
        rules = next;
        foreach (var line in _lines.Values) line.Rules = rules.Of(line.Key.Domain);
        return rules;
    }

    /// <summary>The accounts of all queues.</summary>
    public IReadOnlyCollection<QueueLine> Lines => _lines.Values;

    /// <summary>Queues with credit or jobs here.</summary>
    public int Queues => _lines.Count;

    /// <summary>Credits granted and not used.</summary>
    public int Granted { get; private set; }

    /// <summary>Credits asked for and not granted.</summary>
    public int Wanted { get; private set; }

    /// <summary>When the oldest unused grant lapses.</summary>
    public DateTimeOffset? NextLapse => _grants.TryPeek(out var grant) ? grant.LapsesAt : null;

    /// <summary>The account of a queue; a new account until <see cref="DropIfUnused"/>.</summary>
    public QueueLine Line(QueueKey queue)
    {
        if (!_lines.TryGetValue(queue, out var line)) _lines.Add(queue, line = new QueueLine(queue) { Rules = rules.Of(queue.Domain) });
        return line;
    }

    /// <summary>The account of a queue; null without credit and jobs.</summary>
    public QueueLine? Find(QueueKey queue) => _lines.GetValueOrDefault(queue);

    /// <summary>The accounts that a condition holds for.</summary>
    public IReadOnlyList<QueueLine> Find(Func<QueueLine, bool> isMeant) => [.. _lines.Values.Where(isMeant)];

    /// <summary>Forgets a queue without credit and jobs.</summary>
    public void DropIfUnused(QueueAccount account)
    {
        if (account.IsUnused) _lines.Remove(account.Key);
    }

    /// <summary>
    /// Replaces the request of a queue; no jobs withdraw it. A queue asks only when it has used or lost its last grant.
    /// </summary>
    public void Ask(QueueKey queue, int jobs)
    {
        var line = Line(queue);
        Release(line);
        Wanted += jobs - line.Wanted;
        line.Wanted = jobs;
        if (jobs > 0) _ring.Add(line);
        DropIfUnused(line);
    }

    /// <summary>Requests a single credit for a queue without a request.</summary>
    public void Offer(QueueKey queue)
    {
        if (Line(queue).Wanted == 0) Ask(queue, 1);
    }

    /// <summary>The jobs of a queue have arrived, and use its grant.</summary>
    public void Use(QueueLine line, int jobs)
    {
        var used = Math.Min(jobs, line.Granted);
        line.Granted -= used;
        Granted -= used;
    }

    /// <summary>Drops the requests and the unused grants of all queues.</summary>
    /// <returns>The queues.</returns>
    public IReadOnlyList<QueueKey> WithdrawAll()
    {
        QueueKey[] queues = [.. _lines.Keys];
        foreach (var queue in queues) Ask(queue, 0);
        return queues;
    }

    /// <summary>Takes back expired grants.</summary>
    public void Lapse(DateTimeOffset now)
    {
        while (_grants.TryPeek(out var grant)
            && (grant.Number != grant.Line.GrantNumber || grant.Line.Granted == 0 || grant.LapsesAt <= now))
        {
            _grants.Dequeue();
            if (grant.Number != grant.Line.GrantNumber || grant.Line.Granted == 0) continue;
            Release(grant.Line);
            DropIfUnused(grant.Line);
        }
    }

    /// <summary>A job has ended: the window of jobs follows the speed of the site.</summary>
    public void JobEnded(DateTimeOffset now) => _rate.Count(now);

    /// <summary>
    /// Grants credit as far as the window allows. Small portions wait, so that queues start and journal their attempts in batches.
    /// </summary>
    /// <param name="inHand">Jobs waiting or running.</param>
    /// <param name="waiting">Jobs waiting.</param>
    /// <param name="now">The time.</param>
    /// <returns>The credits for each queue.</returns>
    public IEnumerable<(QueueKey Queue, int Credits)> Grant(int inHand, int waiting, DateTimeOffset now)
    {
        if (Wanted == 0) return [];
        Release(now);
        var window = Math.Clamp(_rate.PerSecond(now), rules.MinWindow, rules.MaxWindow);
        var free = Math.Min(window - inHand, rules.RateWindow - waiting) - Granted;
        var isSmall = free < Wanted && free < Math.Min(window, rules.RateWindow) / 4;
        return free <= 0 || isSmall ? [] : Share(Math.Min(free, Wanted), now);
    }

    // A single credit at each turn.
    private IEnumerable<(QueueKey Queue, int Credits)> Share(int credits, DateTimeOffset now)
    {
        _round.Clear();
        _roundGrants.Clear();
        while (credits > 0 && _ring.TryTake(out var line))
        {
            if (line.Wanted == 0) continue;
            if (!_roundGrants.TryGetValue(line, out var granted)) _round.Add(line);
            _roundGrants[line] = granted + 1;
            Spend(line.Stream, now);
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
