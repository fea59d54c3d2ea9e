using Postfleet.Contracts.Messages;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Routing;

namespace Postfleet.Delivery.Destinations.State;

/// <summary>
/// The state of a destination: decides about credit, the connection of each job, pauses of the site, and the messages to each queue.
/// <see cref="DestinationLifecycle"/> calls it. Plain code without I/O, clock or actor: the time is an argument, and <see cref="Decide"/>
/// returns the resulting actions as effects.
/// </summary>
internal sealed class DestinationState
{
    private static readonly SmtpReply Misnamed = new(451, new EnhancedStatus(4, 3, 5), "the destination is named after other hosts");

    private readonly DestinationRules _rules;
    private readonly List<DestinationEffect> _effects = [];
    private readonly Dictionary<QueueKey, QueueLine> _lines = [];
    private readonly Dictionary<(PartId, int), Job> _jobs = [];
    private readonly JobBook _waiting;
    private readonly RateMeter _rate = new();
    private readonly CreditBook _credits;
    private readonly OutcomeBook _outcomes;
    private readonly ConnectionPool _pool;
    private readonly SiteHealth _site;
    private readonly AwaitingQueues _awaiting = new();
    private DeliveryTarget? _target;
    private readonly long _incarnation;
    private bool _isStopping;

    /// <param name="rules">The limits.</param>
    /// <param name="random">Random numbers from 0 to 1.</param>
    /// <param name="incarnation">The number of this destination, different from the numbers of its predecessors.</param>
    public DestinationState(DestinationRules rules, Func<double> random, long incarnation = 0)
    {
        _incarnation = incarnation;
        _rules = rules;
        _waiting = new JobBook(rules);
        _credits = new CreditBook(rules);
        _outcomes = new OutcomeBook(rules);
        _site = new SiteHealth(rules, random);
        _pool = new ConnectionPool(rules, _effects);
    }

    /// <summary>Jobs waiting for a connection, or for the site's rate.</summary>
    public int Waiting => _waiting.Waiting;

    /// <summary>Running jobs.</summary>
    public int Running => _pool.Running;

    /// <summary>Connections, including opening and closing connections.</summary>
    public int Connections => _pool.Count;

    /// <summary>Credits granted and not used.</summary>
    public int Granted => _credits.Granted;

    /// <summary>Unacknowledged outcomes.</summary>
    public int Unacknowledged => _outcomes.Unacknowledged;

    /// <summary>Queues with credit or jobs here.</summary>
    public int Queues => _lines.Count;

    /// <summary>Why the site cannot be reached; null when it can, or when unknown.</summary>
    public SmtpReply? SiteReply => _site.Reply;

    /// <summary>Until when the site is not tried; in the past when it may be tried.</summary>
    public DateTimeOffset SiteDownUntil => _site.DownUntil;

    /// <summary>Transactions allowed to start now by the site's rate, negative after too many; null when the site has no rate.</summary>
    public int? Tokens(DateTimeOffset now) => _waiting.Tokens(now);

    /// <summary>
    /// Whether no job is here, every outcome is acknowledged, and no connection is left: another node can use the site's limit.
    /// </summary>
    public bool IsDrained => InHand + _outcomes.Unacknowledged + _pool.Count == 0;

    private int InHand => _waiting.Waiting + _pool.Running;

    /// <summary>Whether the entity may passivate: it has no queues and connections, and no outage to remember.</summary>
    public bool IsIdle(DateTimeOffset now) =>
        _lines.Count == 0 && _pool.Count == 0 && now >= _site.RememberedUntil && !_awaiting.AreAny(now);

    /// <summary>A queue asks for credit.</summary>
    public void Ask(RequestCredit request, DateTimeOffset now)
    {
        if (_isStopping) return;
        if (request.Jobs <= 0) Withdraw(request.Queue);
        else if (!TrySetTarget(request.Target)) Refuse(request.Queue, _rules.FirstPause, Misnamed);
        else if (_site.IsDown(now)) RefuseWhileDown(request.Queue, now);
        else _credits.Ask(Line(request.Queue), request.Jobs);
    }

    /// <summary>
    /// Accepts the jobs of a queue. Known jobs are not accepted again. Unknown jobs for another incarnation are returned, since that one
    /// may have sent them.
    /// </summary>
    /// <param name="deliver">The jobs.</param>
    /// <param name="now">The time.</param>
    /// <param name="pulse">The stall detector's mark, to be kept with the jobs.</param>
    /// <param name="isInDoubt">
    /// Whether another node may own this destination, as after a long stall. It may then make an attempt that is unknown here: no job is
    /// returned, and its queue sends it again.
    /// </param>
    public void Accept(Deliver deliver, DateTimeOffset now, long pulse = 0, bool isInDoubt = false)
    {
        var isFitting = TrySetTarget(deliver.Target);
        var isOurs = deliver.Incarnation == 0 || deliver.Incarnation == _incarnation;
        var line = Line(deliver.Queue);
        _credits.Use(line, deliver.Jobs.Count);
        var isWelcome = isFitting && isOurs && !_site.IsDown(now);
        if (_site.IsDown(now)) RefuseWhileDown(deliver.Queue, now);
        foreach (var job in deliver.Jobs)
        {
            var part = new PartId(job.Message, deliver.Queue);
            if (_jobs.TryGetValue((part, job.Attempt), out var known))
            {
                if (known.Outcome is not null) _outcomes.Send(known);
            }
            else if (!_outcomes.Remembers(part, job.Attempt) && _jobs.Count < _rules.MaxKnown && (isWelcome || !isInDoubt))
            {
                Accept(new Job(part, job.Attempt, job.Open, line, pulse), line, isWelcome);
            }
        }

        DropIfUnused(line);
    }

    /// <summary>A queue has outcomes in its journal.</summary>
    public void Acknowledge(OutcomesAcknowledged acknowledged, DateTimeOffset now)
    {
        foreach (var id in acknowledged.Attempts)
        {
            var key = (new PartId(id.Message, acknowledged.Queue), id.Attempt);
            if (!_jobs.TryGetValue(key, out var job) || job.Outcome is null) continue;
            _jobs.Remove(key);
            _outcomes.Acknowledge(job, now);
            job.Account.Jobs--;
            DropIfUnused(job.Account);
        }
    }

    /// <summary>A connection is open.</summary>
    public void Opened(int connection, DateTimeOffset now)
    {
        _pool.Opened(connection, now);
        if (!_site.Succeed()) return;
        _effects.Add(new DestinationEffect.SiteCameUp());
        // A grant of credit tells a queue about the end of the outage.
        if (!_isStopping) foreach (var queue in _awaiting.TakeAll(now)) if (Line(queue) is { Wanted: 0 } line) _credits.Ask(line, 1);
    }

    /// <summary>No host could be reached. When no other connection is open either, the site pauses.</summary>
    public void NotOpened(int connection, SmtpReply reply, DateTimeOffset now)
    {
        _pool.NotOpened(connection, now);
        if (_pool.HasHope || _isStopping) return;
        var transient = reply.IsTransient ? reply : new SmtpReply(451, new EnhancedStatus(4, 4, 1), reply.ToString());
        if (_waiting.Waiting + _credits.Wanted == 0)
        {
            _site.FailAgain(transient, now);
            return;
        }

        var pause = _site.Fail(transient, now);
        _effects.Add(new DestinationEffect.SiteWentDown(pause, transient));
        // Refusals are sent before the jobs are returned, so the queues do not ask again at once.
        foreach (var line in _lines.Values.ToArray())
        {
            Refuse(line.Key, pause, transient);
            _awaiting.Add(line.Key, now + pause);
            _credits.Withdraw(line);
            DropIfUnused(line);
        }

        ReturnWaiting();
    }

    /// <summary>A job has ended on a connection.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="outcome">The outcome; null when the connection was dead before anything was tried, so that the job goes on another
    /// one.</param>
    /// <param name="transactions">The number of transactions begun for it; null when unknown.</param>
    /// <param name="isUsable">Whether the connection runs another job; if not, it closes itself.</param>
    /// <param name="now">The time.</param>
    public void Ended(int connection, JobOutcome? outcome, int? transactions, bool isUsable, DateTimeOffset now)
    {
        var job = _pool.Ended(connection, isUsable, now);
        _waiting.Ended(job, transactions, now);
        if (outcome is null)
        {
            Requeue(job);
            return;
        }

        _rate.Count(now);
        _outcomes.Add(job, outcome);
    }

    /// <summary>A connection is closed.</summary>
    public void Closed(int connection, DateTimeOffset now)
    {
        if (_pool.Closed(connection) is not { } job) return;
        _waiting.Ended(job, null, now);
        Requeue(job);
    }

    /// <summary>Accepts no more jobs. Waiting jobs are returned, running jobs end.</summary>
    public void Stop()
    {
        _isStopping = true;
        foreach (var line in _lines.Values.ToArray())
        {
            _credits.Withdraw(line);
            DropIfUnused(line);
        }

        ReturnWaiting();
    }

    /// <summary>
    /// Decides the actions due now. Called after an input or a batch of inputs, and at <see cref="NextWake"/>.
    /// </summary>
    public IReadOnlyList<DestinationEffect> Decide(DateTimeOffset now)
    {
        foreach (var line in _credits.Lapse(now)) DropIfUnused(line);
        _outcomes.Tick(now);
        _waiting.Tick(now);
        if (!_isStopping && _target is { } target)
        {
            if (_site.IsUp) _pool.Distribute(_waiting, target, now);
            else if (!_site.IsDown(now) && (_waiting.Waiting + _credits.Wanted > 0 || _awaiting.AreAny(now))) _pool.Probe(target, now);
            if (_site.IsUp) Grant(now);
        }

        if (_isStopping) _pool.CloseAll();
        else _pool.CloseIdle(now);
        _effects.AddRange(_outcomes.Flush(now));
        if (_effects.Count == 0) return [];
        var effects = _effects.ToArray();
        _effects.Clear();
        return effects;
    }

    /// <summary>When <see cref="Decide"/> has something to do without another input; null for never.</summary>
    public DateTimeOffset? NextWake(DateTimeOffset now)
    {
        var wake = _credits.NextLapse;
        Earlier(_outcomes.NextResend);
        Earlier(_pool.NextClose);
        if (_waiting.Waiting > 0) Earlier(_pool.NextGrowth(now));
        if (_site.IsUp && !_isStopping) Earlier(_pool.NextStart(_waiting, now));
        if (_site.IsDown(now)) Earlier(_site.DownUntil);
        else if (now < _site.RememberedUntil) Earlier(_site.RememberedUntil);
        return wake;

        void Earlier(DateTimeOffset? other)
        {
            if (other is { } at && !(wake <= at)) wake = at;
        }
    }

    private void Accept(Job job, QueueLine line, bool isWelcome)
    {
        _jobs.Add((job.Part, job.Attempt), job);
        job.Account.Jobs++;
        if (isWelcome && !_isStopping && InHand < _rules.MaxInHand && _waiting.Waiting < _rules.MaxWaiting) _waiting.Add(job, line);
        else Return(job);
    }

    // Credit is granted in portions, so queues start and journal their attempts in batches.
    private void Grant(DateTimeOffset now)
    {
        if (_credits.Wanted == 0 || _jobs.Count >= _rules.MaxKnown / 2) return;
        var window = Math.Clamp(_rate.PerSecond(now), _rules.MinWindow, _rules.MaxWindow);
        var free = Math.Min(window - InHand, _rules.RateWindow - _waiting.Waiting) - _credits.Granted;
        if (free <= 0 || (free < _credits.Wanted && free < Math.Min(window, _rules.RateWindow) / 4)) return;
        foreach (var (queue, credits) in _credits.Share(Math.Min(free, _credits.Wanted), now))
            _effects.Add(new DestinationEffect.Grant(queue, credits));
    }

    // Accepts the hosts of a message only if the destination is named after them. A queue also sends jobs started when its domain
    // had other hosts, and the mail of the other domains must not go to the former hosts.
    private bool TrySetTarget(DeliveryTarget target)
    {
        if (!ReferenceEquals(target, _target) && !SiteNames.Fits(target)) return false;
        _target = target;
        return true;
    }

    private void Refuse(QueueKey queue, TimeSpan retryAfter, SmtpReply reply) =>
        _effects.Add(new DestinationEffect.Refuse(queue, retryAfter, reply));

    private void RefuseWhileDown(QueueKey queue, DateTimeOffset now)
    {
        var pause = _site.Pause(now);
        Refuse(queue, _awaiting.Add(queue, now + pause) ? pause : _site.DownUntil - now, _site.Reply!);
    }

    private void Requeue(Job job)
    {
        if (_isStopping) Return(job);
        else _waiting.AddFirst(job);
    }

    private void ReturnWaiting()
    {
        while (_waiting.TryTake(out var job)) Return(job);
    }

    private void Return(Job job) => _outcomes.Add(job, new JobOutcome(job.Part.Message, job.Attempt, AttemptResult.NotAttempted, []));

    private QueueLine Line(QueueKey queue)
    {
        if (!_lines.TryGetValue(queue, out var line)) _lines.Add(queue, line = new QueueLine(queue));
        return line;
    }

    private void Withdraw(QueueKey queue)
    {
        if (!_lines.TryGetValue(queue, out var line)) return;
        _credits.Withdraw(line);
        DropIfUnused(line);
    }

    private void DropIfUnused(QueueAccount account)
    {
        if (account.IsUnused) _lines.Remove(account.Key);
    }
}
