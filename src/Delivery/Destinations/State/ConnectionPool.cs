using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Destinations.State;

/// <summary>The connections of a site: decides how many are open, and which connection runs the next job.</summary>
internal sealed partial class ConnectionPool(DestinationRules rules, List<DestinationEffect> effects)
{
    /// <summary>Connections opened at once to a working site. As Postfix's initial_destination_concurrency.</summary>
    private const int FirstConnections = 5;

    // In the order of opening: the first connections get work first, so the last connections become idle and close.
    private readonly List<Connection> _connections = [];
    private TokenBucket? _openings = NewBucket(rules);
    private DateTimeOffset _growAfter;
    private TimeSpan _connecting;
    private bool _lastStayed = true;
    private int _lastNumber;

    /// <summary>All connections, including opening and closing connections: each holds a socket at the site.</summary>
    public int Count => _connections.Count;

    /// <summary>Jobs on connections.</summary>
    public int Running { get; private set; }

    /// <summary>Whether any connection is open or may become so.</summary>
    public bool HasHope => _connections.Exists(connection => !connection.IsClosing);

    /// <summary>When the next connection has been idle for too long.</summary>
    public DateTimeOffset? NextClose
    {
        get
        {
            DateTimeOffset? next = null;
            foreach (var connection in _connections)
                if (connection.IsIdle) next = Earliest.Of(next, connection.IdleSince + rules.IdleConnection);
            return next;
        }
    }

    /// <summary>When connections may be added again, if not now.</summary>
    public DateTimeOffset? NextGrowth(DateTimeOffset now) => _growAfter > now ? _growAfter : null;

    /// <summary>When the rate of openings allows the next connection; null if it does now, or there is no such rate.</summary>
    public DateTimeOffset? NextOpening(DateTimeOffset now) => _openings?.When(1, now) is { } at && at > now ? at : null;

    /// <summary>
    /// When the site's rate allows waiting jobs, and a connection for them is idle or may be opened; null when they do not wait for
    /// the rate.
    /// </summary>
    public DateTimeOffset? NextStart(JobBook jobs, DateTimeOffset now)
    {
        var (open, opening, idle) = Working;
        var start = idle > 0 ? jobs.NextBatch(now) : null;
        if (Count >= rules.MaxConnections || opening >= Math.Max(FirstConnections, open) || IsGrowthPaused(open + opening, now))
            return start;
        var growth = IsAhead(open) ? jobs.NextStart(opening + idle + 1, Lead, now) : null;
        if (idle == 0) growth = Earliest.Of(growth, jobs.NextStart(opening + 1, TimeSpan.Zero, now));
        if (growth is { } at && NextOpening(now) is { } opens && opens > at) growth = opens;
        return Earliest.Of(start, growth);
    }

    /// <summary>
    /// Starts waiting jobs on idle connections, as far as the site's rate allows, and opens a connection for each further job that the
    /// rate allows, but at most as many at a time as are open already.
    /// </summary>
    public void Distribute(JobBook jobs, DeliveryTarget target, DateTimeOffset now)
    {
        CloseExcess();
        foreach (var connection in _connections)
            if (connection.IsIdle && jobs.TryStart(now, out var job)) Send(connection, job, now);

        var (open, opening, idle) = Working;
        if (IsGrowthPaused(open + opening, now)) return;
        var wanted = jobs.Startable(TimeSpan.Zero, now) - opening;
        if (IsAhead(open)) wanted = Math.Max(wanted, jobs.Startable(Lead, now) - opening - idle);
        wanted = Math.Min(wanted, Math.Min(Math.Max(FirstConnections, open) - opening, rules.MaxConnections - Count));
        for (; wanted > 0 && MayOpen(now); wanted--) Open(target, now);
    }

    /// <summary>
    /// Keeps other limits from now on. Connections beyond a lower limit are closed at the next decision, or when their jobs have ended.
    /// </summary>
    public DestinationRules Use(DestinationRules next)
    {
        if (next.MaxConnectionRate != rules.MaxConnectionRate) _openings = NewBucket(next);
        return rules = next;
    }

    /// <summary>Opens a connection to learn whether the site can be reached.</summary>
    public void Probe(DeliveryTarget target, DateTimeOffset now)
    {
        if (!HasHope && Count < rules.MaxConnections && MayOpen(now)) Open(target, now);
    }

    public void Opened(int number, DateTimeOffset now)
    {
        var connection = Find(number);
        connection.IsReady = true;
        // If the clock was set back meanwhile, the time is not measured.
        if (now >= connection.IdleSince) _connecting = now - connection.IdleSince;
        connection.IdleSince = now;
    }

    public void NotOpened(int number, DateTimeOffset now)
    {
        Remove(Find(number));
        _growAfter = now + rules.GrowthPause;
    }

    /// <summary>A connection's job has ended, or could not be begun; returns it.</summary>
    public Job Ended(int number, bool isUsable, DateTimeOffset now)
    {
        var connection = Find(number);
        var job = connection.Job ?? throw new InvalidOperationException($"connection {number} has no job");
        connection.Job = null;
        Running--;
        connection.IdleSince = now;
        // It then closes itself, and reports the closing.
        connection.IsClosing |= !isUsable;
        _lastStayed = isUsable;
        return job;
    }

    /// <summary>Removes a closed connection. Returns its remaining job.</summary>
    public Job? Closed(int number)
    {
        var connection = Find(number);
        Remove(connection);
        if (connection.Job is not null) Running--;
        return connection.Job;
    }

    /// <summary>Closes the connections idle for too long.</summary>
    public void CloseIdle(DateTimeOffset now) =>
        Close(connection => connection.IsIdle && connection.IdleSince + rules.IdleConnection <= now);

    /// <summary>Closes all connections without a job, and all opening connections.</summary>
    public void CloseAll() => Close(connection => connection.Job is null);

    private (int Open, int Opening, int Idle) Working
    {
        get
        {
            var (open, opening, idle) = (0, 0, 0);
            foreach (var connection in _connections)
            {
                if (!connection.IsReady) opening++;
                else if (!connection.IsClosing) open++;
                if (connection.IsIdle) idle++;
            }

            return (open, opening, idle);
        }
    }

    // How long before the start of its job a connection is opened, so connecting does not lower the rate. Not so long that the
    // connection would be closed as idle before.
    private TimeSpan Lead => _connecting * 1.5 < rules.IdleConnection / 2 ? _connecting * 1.5 : rules.IdleConnection / 2;

    // Connections kept open run jobs in sequence, and more are opened only when the rate allows a job and no connection is
    // idle. Where connections close after each job, or between two jobs, opening only then is too late.
    private bool IsAhead(int open) => !rules.MaxRate.IsNone && (open == 0 || !_lastStayed);

    // The last connection is replaced at once.
    private bool IsGrowthPaused(int working, DateTimeOffset now) => now < _growAfter && working > 0;

    // An opening that has failed counts, too: the host has seen it.
    private bool MayOpen(DateTimeOffset now)
    {
        if (_openings is null) return true;
        if (_openings.TryTake(1, now) is not { } ticket) return false;
        _openings.Settle(ticket, ticket.Tokens, now);
        return true;
    }

    private static TokenBucket? NewBucket(DestinationRules rules) =>
        rules.MaxConnectionRate.IsNone ? null : new TokenBucket(rules.MaxConnectionRate);

    private void Open(DeliveryTarget target, DateTimeOffset now)
    {
        _connections.Add(new Connection(++_lastNumber, now) { IdleSince = now });
        if (Count == rules.MaxConnections) FullSince = now;
        effects.Add(new DestinationEffect.Open(_lastNumber, target));
    }

    private void Close(Predicate<Connection> which)
    {
        foreach (var connection in _connections)
        {
            if (connection.IsClosing || !which(connection)) continue;
            connection.IsClosing = true;
            effects.Add(new DestinationEffect.Close(connection.Number));
        }
    }

    // Closes connections without a job while there are more than allowed.
    private void CloseExcess()
    {
        if (Count <= rules.MaxConnections) return;
        var excess = _connections.Count(connection => !connection.IsClosing) - rules.MaxConnections;
        Close(connection => connection.Job is null && excess-- > 0);
    }

    private void Send(Connection connection, Job job, DateTimeOffset now)
    {
        (connection.Job, connection.SendingSince) = (job, now);
        Running++;
        effects.Add(new DestinationEffect.Send(connection.Number, job));
    }

    private Connection Find(int number) =>
        _connections.Find(connection => connection.Number == number) ?? throw new InvalidOperationException($"no connection {number}");

    private void Remove(Connection connection)
    {
        _connections.Remove(connection);
        FullSince = null;
    }

    private sealed class Connection(int number, DateTimeOffset openedAt)
    {
        public int Number => number;

        public DateTimeOffset OpenedAt => openedAt;

        public DateTimeOffset SendingSince { get; set; }

        public bool IsReady { get; set; }

        public bool IsClosing { get; set; }

        public Job? Job { get; set; }

        /// <summary>Since when it has no job, or is being opened.</summary>
        public DateTimeOffset IdleSince { get; set; }

        public bool IsIdle => IsReady && !IsClosing && Job is null;
    }
}
