using Postfleet.Contracts.Messages;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Core.Units;
using Postfleet.Delivery.Routing;

namespace Postfleet.Delivery.Destinations.State;

/// <summary>
/// The state of a destination, composed of books for credit, jobs and outcomes, the connections, and the outages of the site. Decides which
/// input changes which of them. <see cref="DestinationLifecycle"/> calls it. Plain code without I/O, clock or actor: the time is an
/// argument, and <see cref="Decide"/> returns the resulting actions as effects.
/// </summary>
internal sealed partial class DestinationState
{
    private static readonly SmtpReply Misnamed = new(451, new EnhancedStatus(4, 3, 5), "the destination is named after other hosts");

    private DestinationRules _rules;
    private readonly List<DestinationEffect> _effects = [];
    private readonly JobBook _waiting;
    private readonly CreditBook _credits;
    private readonly OutcomeBook _outcomes;
    private readonly ConnectionPool _pool;
    private readonly SiteOutages _outages;
    private DeliveryTarget? _target;
    private readonly long _incarnation;
    private bool _isStopping;

    /// <param name="rules">The limits.</param>
    /// <param name="random">Random numbers from 0 to 1.</param>
    /// <param name="incarnation">The number of this destination, different from the numbers of its predecessors.</param>
    /// <param name="units">Makes the units of a daily limit; null where none is kept.</param>
    public DestinationState(
        DestinationRules rules, Func<double> random, long incarnation = 0, Func<Rate, IDailyUnits>? units = null)
    {
        _incarnation = incarnation;
        _rules = rules;
        _shaping = new SiteShaping(rules);
        _waiting = new JobBook(rules, units);
        _credits = new CreditBook(rules);
        _outcomes = new OutcomeBook(rules);
        _outages = new SiteOutages(rules, random, _effects);
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
    public int Queues => _credits.Queues;

    /// <summary>Why the site cannot be reached; null when it can, or when unknown.</summary>
    public SmtpReply? SiteReply => _outages.Reply;

    /// <summary>Until when the site is not tried; in the past when it may be tried.</summary>
    public DateTimeOffset SiteDownUntil => _outages.DownUntil;

    /// <summary>Transactions allowed to start now by the site's rate, negative after too many; null when the site has no rate.</summary>
    public int? Tokens(DateTimeOffset now) => _waiting.Tokens(now);

    /// <summary>
    /// Whether no job is here, every outcome is acknowledged, and no connection is left: another node can use the site's limit.
    /// </summary>
    public bool IsDrained => InHand + _outcomes.Unacknowledged + _pool.Count == 0;

    private int InHand => _waiting.Waiting + _pool.Running;

    private bool HasWork => _waiting.Waiting + _credits.Wanted > 0;

    /// <summary>Whether the entity may passivate: it has no queues and connections, and no outage to remember.</summary>
    public bool IsIdle(DateTimeOffset now) => _credits.Queues == 0 && _pool.Count == 0 && _outages.AreOver(now);

    /// <summary>A queue asks for credit.</summary>
    public void Ask(RequestCredit request, DateTimeOffset now)
    {
        if (_isStopping) return;
        if (request.EndsPause)
        {
            _outages.EndPause(now);
            _shaping.EndPauses(now);
        }

        if (request.Jobs <= 0) _credits.Ask(request.Queue, 0);
        else if (!TrySetTarget(request.Target)) _effects.Add(new DestinationEffect.Refuse(request.Queue, _rules.FirstPause, Misnamed));
        else if (IsPaused(request.Queue.Stream, now)) Refuse(request.Queue, now);
        else if (ClosedFor(_rules.Of(request.Queue.Domain), now) is { } closed) Refuse(request.Queue, closed, now);
        else _credits.Ask(request.Queue, request.Jobs);
    }

    /// <summary>
    /// Accepts the jobs of a queue. Known jobs are not accepted again. Unknown jobs for another incarnation are returned,
    /// since the other incarnation may have sent them.
    /// </summary>
    /// <param name="deliver">The jobs.</param>
    /// <param name="now">The time.</param>
    /// <param name="stallMark">The stall detector's mark, to be kept with the jobs.</param>
    /// <param name="isInDoubt">
    /// Whether another node may own this destination, as after a long stall. It may then make an attempt that is unknown here: no job is
    /// returned, and its queue sends it again.
    /// </param>
    public void Accept(Deliver deliver, DateTimeOffset now, long stallMark = 0, bool isInDoubt = false)
    {
        var isFitting = TrySetTarget(deliver.Target);
        var isOurs = deliver.Incarnation == 0 || deliver.Incarnation == _incarnation;
        var line = _credits.Line(deliver.Queue);
        _credits.Use(line, deliver.Jobs.Count);
        var isWelcome = isFitting && isOurs && !IsPaused(deliver.Queue.Stream, now) && ClosedFor(line.Rules, now) is null;
        if (IsPaused(deliver.Queue.Stream, now)) Refuse(deliver.Queue, now);
        foreach (var job in deliver.Jobs)
        {
            var part = new PartId(job.Message, deliver.Queue);
            if (!_outcomes.Repeat(part, job.Attempt) && _outcomes.Known < _rules.MaxKnown && (isWelcome || !isInDoubt))
                Accept(new Job(part, job.Attempt, job.Open, line, stallMark), line, isWelcome);
        }

        _credits.DropIfUnused(line);
    }

    /// <summary>A queue has outcomes in its journal.</summary>
    public void Acknowledge(OutcomesAcknowledged acknowledged, DateTimeOffset now)
    {
        foreach (var id in acknowledged.Attempts)
            if (_outcomes.Acknowledge(new PartId(id.Message, acknowledged.Queue), id.Attempt, now) is { } job)
                _credits.DropIfUnused(job.Account);
    }

    /// <summary>A connection is open.</summary>
    public void Opened(int connection, DateTimeOffset now)
    {
        _pool.Opened(connection, now);
        var waiting = _outages.End(now);
        // A grant of credit tells a queue about the end of the outage.
        if (!_isStopping) foreach (var queue in waiting) _credits.Offer(queue);
    }

    /// <summary>No host could be reached. When no other connection is open either, the site pauses.</summary>
    /// <param name="connection">The number of the connection.</param>
    /// <param name="reply">The reason.</param>
    /// <param name="now">The time.</param>
    /// <param name="match">The rule that reacts to what the host said; null for none.</param>
    public void NotOpened(int connection, SmtpReply reply, DateTimeOffset now, ReplyMatch? match = null)
    {
        if (match is not null) _shaping.Match(match, _pool.Running, now);
        _pool.NotOpened(connection, now);
        if (_pool.HasHope || _isStopping) return;
        if (!HasWork)
        {
            _outages.Prolong(reply, now);
            return;
        }

        // Refusals are sent before the jobs are returned, so the queues do not ask again at once.
        _outages.Begin(_credits.WithdrawAll(), reply, now);
        ReturnWaiting();
    }

    /// <summary>A job has ended on a connection.</summary>
    public void Ended(ConnectionEvent.Ended ended, DateTimeOffset now)
    {
        var job = _pool.Ended(ended.Id, ended.IsUsable, now);
        _waiting.Ended(job, ended.Transactions, now);
        _shaping.Ended(job.Account.Stream, ended.Transactions ?? 1, HasDelivered(ended.Outcome), now);
        if (ended.Transactions > 1) _credits.Owe(job.Account.Stream, ended.Transactions.Value - 1, now);
        Match(ended.Matches, now);
        if (ended.Outcome is null)
        {
            Requeue(job, now);
            return;
        }

        _credits.JobEnded(now);
        _outcomes.End(job, Noted(ended.Outcome, now));
    }

    /// <summary>
    /// Decides the actions due now. Called after an input or a batch of inputs, and at <see cref="NextWake"/>.
    /// </summary>
    public IReadOnlyList<DestinationEffect> Decide(DateTimeOffset now)
    {
        _credits.Lapse(now);
        _outcomes.Tick(now);
        _waiting.Tick(now);
        Shape(now);
        CloseGates(now);
        if (!_isStopping && !_isAwaitingState && !_shaping.IsPaused(now) && _target is { } target)
        {
            if (_outages.IsUp) Distribute(target, now);
            else if (_outages.MustProbe(HasWork, now)) _pool.Probe(target, now);
            if (_outages.IsUp) Grant(now);
        }

        if (_waiting.Day is { Wanted: > 0, IsAsking: false } day) _effects.Add(new DestinationEffect.TakeUnits(day, day.Ask()));
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
        var wake = Earliest.Of(_credits.NextLapse, Earliest.Of(_outcomes.NextResend, _pool.NextClose));
        if (_waiting.Waiting > 0) wake = Earliest.Of(wake, Earliest.Of(_pool.NextGrowth(now), _waiting.Day?.OpensAt(now)));
        if (HasWork) wake = Earliest.Of(wake, Earliest.Of(_pool.NextOpening(now), NextGate));
        if (_outages.IsUp && !_isStopping) wake = Earliest.Of(Earliest.Of(wake, _credits.NextRelease(now)), _pool.NextStart(_waiting, now));
        return Earliest.Of(Earliest.Of(wake, _shaping.NextWake(now)), _outages.NextEnd(now));
    }

    private void Accept(Job job, QueueLine line, bool isWelcome)
    {
        _outcomes.Add(job);
        if (isWelcome && !_isStopping && InHand < _rules.MaxInHand && _waiting.Waiting < _rules.MaxWaiting) _waiting.Add(job, line);
        else _outcomes.Return(job);
    }

    private void Grant(DateTimeOffset now)
    {
        if (_outcomes.Known >= _rules.MaxKnown / 2) return;
        foreach (var (queue, credits) in _credits.Grant(InHand, _waiting.Waiting, now))
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
}
