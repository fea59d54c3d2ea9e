using System.Diagnostics.CodeAnalysis;

namespace Postfleet.Delivery.Destinations.State;

/// <summary>
/// The jobs waiting for a connection and for the site's rate, in the order in which they start: in turns of streams, by their weights, and
/// queues.
/// </summary>
internal sealed class JobBook(DestinationRules rules)
{
    private readonly FairRing _turns = new(rules.Streams);
    private readonly Queue<Job> _first = new();
    private TokenBucket? _bucket = NewBucket(rules);

    /// <summary>Since when jobs wait for the site's rate; null if none does.</summary>
    public DateTimeOffset? RateSince { get; private set; }

    /// <summary>Waiting jobs.</summary>
    public int Waiting { get; private set; }

    /// <summary>Transactions allowed to start now by the site's rate, negative after too many; null when the site has no rate.</summary>
    public int? Tokens(DateTimeOffset now) => _bucket?.Level(now);

    /// <summary>When the site's rate allows the next waiting job to start; null if it may start now, or none waits.</summary>
    public DateTimeOffset? RateUntil(DateTimeOffset now) =>
        RateSince is not null && Next is { } next && _bucket?.When(Transactions(next), now) is { } at && at > now ? at : null;

    /// <summary>Advances the time. A rate is counted from the first call on.</summary>
    public void Tick(DateTimeOffset now)
    {
        if (_bucket is null) return;
        _bucket.Level(now);
        if (Next is { } next && !_bucket.Has(Transactions(next), now)) RateSince ??= now;
    }

    /// <summary>Keeps other limits from now on. Tokens of an earlier rate are lost, so that no burst exceeds both rates.</summary>
    public DestinationRules Use(DestinationRules next)
    {
        if (next.MaxRate != rules.MaxRate) _bucket = NewBucket(next);
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
        var ticket = _bucket?.TryTake(Transactions(next), now);
        if (_bucket is not null && ticket is null)
        {
            RateSince ??= now;
            return false;
        }

        if (!TryTake(out job)) return false;
        job.Ticket = ticket;
        return true;
    }

    /// <summary>A started job has ended, or has to start again.</summary>
    /// <param name="job">The job.</param>
    /// <param name="transactions">The number of transactions begun; null when unknown.</param>
    /// <param name="now">The time.</param>
    public void Ended(Job job, int? transactions, DateTimeOffset now)
    {
        if (job.Ticket is not { } ticket) return;
        job.Ticket = null;
        _bucket?.Settle(ticket, transactions ?? ticket.Tokens, now);
    }

    /// <summary>How many jobs the rate would let start within a time from now, if they had connections.</summary>
    public int Startable(TimeSpan lead, DateTimeOffset now)
    {
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
        if (_bucket is null || jobs > Waiting || Next is not { } next) return null;
        var tokens = (long)jobs * Transactions(next);
        return jobs == 1 || _bucket.Fits(tokens, lead) ? _bucket.When(tokens, now, lead) : null;
    }

    /// <summary>
    /// When as many jobs could start as are started together, or all if there are fewer; null when there is none, or no rate.
    /// </summary>
    public DateTimeOffset? NextBatch(DateTimeOffset now)
    {
        if (_bucket is null || Next is not { } next) return null;
        var each = Transactions(next);
        return _bucket.When(Math.Max(each, Math.Min(Waiting * (long)each, rules.MaxRate.In(rules.RateBatch))), now);
    }

    private Job? Next => _first.TryPeek(out var first) ? first : _turns.TryPeek(out var line) ? line.Waiting.Peek() : null;

    // As the connection plans them. A peer accepting fewer recipients at a time causes more transactions, which are then owed.
    private int Transactions(Job job) => Math.Max(1, (job.Open.Count + rules.MaxRecipients - 1) / rules.MaxRecipients);

    private static TokenBucket? NewBucket(DestinationRules rules) => rules.MaxRate.IsNone ? null : new TokenBucket(rules.MaxRate);
}
