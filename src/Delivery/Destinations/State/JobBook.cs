using System.Diagnostics.CodeAnalysis;
using Postfleet.Core.Units;

namespace Postfleet.Delivery.Destinations.State;

/// <summary>
/// The jobs waiting for a connection and for the site's rate, in the order in which they start: in turns of streams, by their weights, and
/// queues.
/// </summary>
internal sealed class JobBook(DestinationRules rules, Func<Rate, IDailyUnits>? units = null)
{
    private readonly FairRing _turns = new(rules.Streams);
    private readonly Queue<Job> _first = new();
    private RateBuckets? _bucket = RateBuckets.For(rules.MaxRate);
    private DailyCap? _day = NewDay(rules, units);

    /// <summary>Since when jobs wait for the site's rate; null if none does.</summary>
    public DateTimeOffset? RateSince { get; private set; }

    /// <summary>Waiting jobs.</summary>
    public int Waiting { get; private set; }

    /// <summary>Transactions allowed to start now by the site's rate, negative after too many; null when the site has no rate.</summary>
    public int? Tokens(DateTimeOffset now) => _bucket?.Level(now);

    /// <summary>When the site's rate allows the next waiting job to start; null if it may start now, or none waits.</summary>
    public DateTimeOffset? RateUntil(DateTimeOffset now) =>
        RateSince is not null && Next is { } next && _bucket?.When(Transactions(next), now) is { } at && at > now ? at : null;

    /// <summary>The daily limit; null without one.</summary>
    public DailyCap? Day => _day;

    /// <summary>Advances the time. A rate is counted from the first call on.</summary>
    public void Tick(DateTimeOffset now)
    {
        if (Waiting == 0) _day?.GiveUp();
        if (_bucket is null) return;
        _bucket.Level(now);
        if (Next is { } next && !_bucket.Has(Transactions(next), now)) RateSince ??= now;
    }

    /// <summary>Keeps other limits from now on. Tokens of an earlier rate are lost, so that no burst exceeds both rates.</summary>
    public DestinationRules Use(DestinationRules next)
    {
        if (next.MaxRate != rules.MaxRate) _bucket = RateBuckets.For(next.MaxRate);
        if (next.MaxPerDay != rules.MaxPerDay)
        {
            _day?.GiveUp();
            _day = NewDay(next, units);
        }

        _turns.Use(next.Streams);
        return rules = next;
    }

    public void Add(Job job, QueueLine line)
    {
        line.Waiting.Enqueue(job);
        _turns.Add(line);
        Waiting++;
    }

    /// <summary>Adds a job whose connection ended before the attempt began, in front of the others.</summary>
    public void AddFirst(Job job)
    {
        _first.Enqueue(job);
        Waiting++;
    }

    /// <summary>Removes jobs of a queue; the others keep their order.</summary>
    /// <returns>The removed jobs.</returns>
    public IReadOnlyList<Job> Withdraw(QueueLine line, Predicate<Job> isMeant)
    {
        List<Job> removed = [];
        Withdraw(_first, job => job.Account == line && isMeant(job), removed);
        if (line.Waiting.Count > 0)
        {
            Withdraw(line.Waiting, isMeant, removed);
            if (line.Waiting.Count == 0) _turns.Remove(line);
        }

        Waiting -= removed.Count;
        if (Waiting == 0) RateSince = null;
        return removed;
    }

    private static void Withdraw(Queue<Job> jobs, Predicate<Job> isMeant, List<Job> removed)
    {
        for (var left = jobs.Count; left > 0; left--)
        {
            var job = jobs.Dequeue();
            if (isMeant(job)) removed.Add(job);
            else jobs.Enqueue(job);
        }
    }

    /// <summary>Removes the next job, without regard to the rate.</summary>
    public bool TryTake([NotNullWhen(true)] out Job? job)
    {
        if (!_first.TryDequeue(out job))
        {
            if (!_turns.TryTake(out var line)) return false;
            job = line.Waiting.Dequeue();
            if (line.Waiting.Count > 0) _turns.Add(line);
        }

        Waiting--;
        if (Waiting == 0) RateSince = null;
        return true;
    }

    /// <summary>Removes the next job if the rate allows it.</summary>
    public bool TryStart(DateTimeOffset now, [NotNullWhen(true)] out Job? job)
    {
        job = null;
        if (Next is not { } next) return false;
        var transactions = Transactions(next);
        if (_bucket is not null && !_bucket.Has(transactions, now))
        {
            RateSince ??= now;
            return false;
        }

        if (_day is not null && !_day.Has(transactions, now)) return false;
        if (!TryTake(out job)) return false;
        job.Tickets = _bucket?.TryTake(transactions, now);
        job.Units = _day?.Take(transactions);
        return true;
    }

    /// <summary>A started job has ended, or has to start again.</summary>
    /// <param name="job">The job.</param>
    /// <param name="transactions">The number of transactions begun; null when unknown.</param>
    /// <param name="now">The time.</param>
    public void Ended(Job job, int? transactions, DateTimeOffset now)
    {
        if (job.Tickets is { } tickets) _bucket?.Settle(tickets, transactions, now);
        if (job.Units is { } ticket) _day?.Settle(ticket, transactions ?? ticket.Units);
        (job.Tickets, job.Units) = (null, null);
    }

    /// <summary>How many jobs the rate would let start within a time from now, if they had connections.</summary>
    public int Startable(TimeSpan lead, DateTimeOffset now)
    {
        if (_day is not null && _day.IsBlocked(now)) return 0;
        if (_bucket is null || Next is not { } next) return Waiting;
        var each = Transactions(next);
        var jobs = _bucket.Level(now, lead) / each;
        return jobs > 0 ? Math.Min(Waiting, jobs) : _bucket.Has(each, now) ? 1 : 0;
    }

    /// <summary>
    /// When <see cref="Startable"/> comes to so many; null when it never does without more jobs, or now, or there is no rate.
    /// </summary>
    public DateTimeOffset? NextStart(int jobs, TimeSpan lead, DateTimeOffset now)
    {
        if (_bucket is null || jobs > Waiting || Next is not { } next || _day?.IsBlocked(now) == true) return null;
        var tokens = (long)jobs * Transactions(next);
        return jobs == 1 || _bucket.Fits(tokens, lead) ? _bucket.When(tokens, now, lead) : null;
    }

    /// <summary>
    /// When as many jobs could start as are started together, or all if there are fewer; null when there is none, or no rate.
    /// </summary>
    public DateTimeOffset? NextBatch(DateTimeOffset now)
    {
        if (_bucket is null || Next is not { } next || _day?.IsBlocked(now) == true) return null;
        var each = Transactions(next);
        return _bucket.When(Math.Max(each, Math.Min(Waiting * (long)each, rules.MaxRate.In(rules.RateBatch))), now);
    }

    private Job? Next => _first.TryPeek(out var first) ? first : _turns.TryPeek(out var line) ? line.Waiting.Peek() : null;

    // As the connection plans them. A peer accepting fewer recipients at a time causes more transactions, which are then owed.
    private int Transactions(Job job)
    {
        var most = job.Account is QueueLine { Rules.MaxRecipients: > 0 and var own } ? own : rules.MaxRecipients;
        return Math.Max(1, (job.Open.Count + most - 1) / most);
    }

    private static DailyCap? NewDay(DestinationRules rules, Func<Rate, IDailyUnits>? units) =>
        rules.MaxPerDay.IsNone || units is null ? null : new DailyCap(rules.MaxPerDay, units(rules.MaxPerDay));
}
