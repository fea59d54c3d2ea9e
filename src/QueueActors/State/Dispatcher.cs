using Postfleet.Contracts.Messages;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;

namespace Postfleet.QueueActors.State;

/// <summary>
/// Schedules and sends a queue's messages: the heap of due times, the route, the destination's credit, the pause of the site and an
/// operator's suspension. Owned and called by <see cref="QueueMachine"/>. State outside <see cref="QueueState"/> is rebuilt by each owner
/// of the queue.
/// </summary>
/// <param name="state">The state of the queue.</param>
/// <param name="rules">The rules of the queue.</param>
/// <param name="batch">The batch of decisions.</param>
/// <param name="suspensionOf">The suspension in force for the queue with a destination, or without one; null for none.</param>
internal sealed partial class Dispatcher(
    QueueState state, QueueRules rules, IDecisionBatch batch, Func<DestinationId?, Suspension?>? suspensionOf = null)
{
    /// <summary>The longest pause a destination can impose.</summary>
    private static readonly TimeSpan MaxSitePause = TimeSpan.FromHours(4);

    private readonly LateMail _late = new(state, batch);
    // Ordered by the time of the next attempt.
    private readonly PriorityQueue<QueueEntry, long> _heap = new();
    private DelayWarnings _warnings = new();
    private DeliveryDeadlines _deadlines;
    private ReadyLine _ready;
    private SentJobs _jobs;
    private CreditBalance _credit;
    private readonly JobReturns _returns = new(state, batch);
    // Whether an operator has ordered a retry that the destination has not answered yet.
    private bool _isRetryOrdered;

    public DeliveryPause Pause { get; } = new(state, suspensionOf);

    public int Due => _ready.Count;
    public DestinationId? Destination => _route?.Destination;

    public long NextWake()
    {
        var wake = _heap.TryPeek(out _, out var due) ? due : long.MaxValue;
        wake = Math.Min(Math.Min(wake, _warnings.NextWake), Math.Min(_deadlines.NextWake, _jobs.NextResend()));
        if (_ready.Count > 0 && !IsResolving) wake = Math.Min(wake, _credit.AskAgainAt);
        return wake;
    }

    /// <summary>See <see cref="QueueMachine.Use"/>.</summary>
    public void Use(QueueRules next) => (rules, _routeUntil) = (next, 0);

    /// <summary>Schedules an entry after its recovery.</summary>
    public void Recover(QueueEntry entry)
    {
        _deadlines.Watch(entry);
        Resume(entry);
    }

    /// <summary>Schedules an entry after the end of its attempt.</summary>
    public void Resume(QueueEntry entry)
    {
        if (entry.IsInFlight) _jobs.AddUnsent(entry);
        else if (!entry.IsHeld) Schedule(entry, entry.NextDue, mayBeLate: entry.Tries > 0);
    }

    /// <summary>Schedules a new entry. It does not wait for the end of a long pause of the site, since the outage may be over.</summary>
    public void Add(QueueEntry entry)
    {
        Pause.Site.MailArrived();
        Recover(entry);
    }

    public void AddCredit(CreditGranted grant, object sender, DateTimeOffset now)
    {
        if (grant.Destination != _route?.Destination || grant.Credits <= 0) return;
        // The new incarnation is watched from now on, so no termination of the old incarnation would be reported.
        if (grant.Incarnation != _credit.Incarnation && _credit.Incarnation != 0) DestinationLost();

        // Credit proves the site reachable, so entries waiting for the end of the pause are released.
        if (state.SiteUntil > now && !Pause.Site.IsSiteBack)
        {
            Pause.Site.IsSiteBack = true;
            ResumeWaiting();
        }

        _isRetryOrdered = false;
        _credit.Add(grant, now.UtcTicks);
        batch.Add(new QueueEffect.Watch(sender));
    }

    public void SiteDown(SiteUnavailable site, DateTimeOffset now)
    {
        if (site.Destination != _route?.Destination) return;
        _isRetryOrdered = false;
        PauseSite(site.RetryAfter < MaxSitePause ? site.RetryAfter : MaxSitePause, site.Reply, now);
    }

    /// <summary>The destination's entity has terminated: its jobs are sent again at once with the same attempt numbers.</summary>
    public void DestinationLost()
    {
        _credit.Clear();
        _jobs.RequeueAll();
    }

    /// <summary>
    /// Takes messages that wait for a route or for credit out of the line: an action is about to close them or to put them on hold.
    /// </summary>
    public void Withdraw(Predicate<QueueEntry> isMeant) => _ready.Withdraw(isMeant);

    /// <summary>An operator has ordered a retry: the next request for credit ends a pause of the destination.</summary>
    public void RetryOrdered() => _isRetryOrdered = true;

    public void Expire(QueueEntry entry, DateTimeOffset now) => _late.Expire(entry, now);

    /// <summary>Whether new mail would be the only mail waiting for credit, and the credit has not been refused.</summary>
    public bool AwaitsFirstCredit(DateTimeOffset now) =>
        _ready.Count == 0 && (!_credit.HasAny(now.UtcTicks) || _route is null || _routeUntil <= now.UtcTicks) && !(state.SiteUntil > now)
            && !IsPaused(now);

    private bool IsPaused(DateTimeOffset now) => Pause.Until(Destination, now) is not null;

    private void ResumeWaiting()
    {
        foreach (var entry in state.Entries) if (!entry.IsInFlight && !entry.IsReady && entry.WakeAt > entry.NextDue) Resume(entry);
    }

    /// <summary>Expires, schedules and sends messages as far as time, route and credit allow. Called at the end of each batch.</summary>
    /// <param name="now">The current time.</param>
    /// <param name="expected">The number of held offers due when credit arrives.</param>
    public void Dispatch(DateTimeOffset now, int expected)
    {
        var ticks = now.UtcTicks;
        _jobs.RequeueOverdue(ticks);
        EndOverdue(now);
        if (_returns.Follow(Pause.IsSuspended(Destination, now))) _credit.Clear();
        if (IsPaused(now)) while (_ready.TryDequeue(out var entry)) Schedule(entry, entry.NextDue, mayBeLate: true);
        WakeDue(now);
        if (_warnings.MustSearch(_ready.Count > 0, now.UtcTicks)) _late.ReportOverdue(_ready, now, rules);
        if (_ready.Count + expected == 0 && !_jobs.HasUnsent && !MustAskForRoute(now)) return;
        if (_route is null || _routeUntil <= ticks)
        {
            if (IsResolving) return;
            _doubt.Ask();
            batch.Add(new QueueEffect.ResolveRoute());
            _resolvingSince = ticks;
            return;
        }

        _jobs.Resend(ticks, batch);
        Send(_route, now);
        var waiting = _ready.Count + expected;
        if (_credit.MustAsk(waiting, ticks)) batch.Add(new QueueEffect.AskForCredit(_route, waiting, _isRetryOrdered));
    }

    /// <summary>Releases unused capacity.</summary>
    public void Trim()
    {
        _ready.Trim();
        _jobs.Trim();
        _warnings.Trim();
        if (2 * _heap.Count < _heap.Capacity) _heap.TrimExcess();
    }

    // Jobs at the destination are taken back. It begins no attempt at them any more, and a running attempt may end.
    private void EndOverdue(DateTimeOffset now)
    {
        List<QueueEntry>? over = null;
        while (_deadlines.TryDequeue(now.UtcTicks, out var entry)) (over ??= []).Add(entry);
        if (over is null) return;
        if (over.Exists(entry => entry.IsReady)) _ready.Withdraw(entry => DeliveryDeadlines.IsOver(entry, now.UtcTicks));
        JobReturns.TakeBack(over.Where(entry => entry.IsInFlight), batch);
        foreach (var entry in over.Where(entry => !entry.IsInFlight)) _late.Expire(entry, now);
    }

    private void Schedule(QueueEntry entry, long at, bool mayBeLate)
    {
        entry.IsReady = false;
        entry.WakeAt = at;
        _heap.Enqueue(entry, at);
        if (mayBeLate) _warnings.Watch(entry, at, rules);
    }

    private static bool IsObsolete(QueueEntry entry, long at) =>
        entry.IsRemoved || entry.IsReady || entry.IsInFlight || entry.IsHeld || entry.WakeAt != at;

    private void WakeDue(DateTimeOffset now)
    {
        // A message never tried, because no owner was running, is tried before its sender is told.
        while (_warnings.TryDequeue(now.UtcTicks, out var late))
        {
            if (late.Tries > 0 || IsPaused(now)) _late.ReportDelay(late, now);
            else Resume(late);
        }

        var paused = _heap.Count == 0 ? null : Pause.Until(Destination, now);

        while (_heap.TryPeek(out var entry, out var at) && at <= now.UtcTicks)
        {
            _heap.Dequeue();
            if (IsObsolete(entry, at)) continue;
            var deadline = entry.SendAt + rules.Lifetime.Ticks;
            var isHeld = entry.Crashes >= QueueRules.CrashesToHold;
            if ((isHeld || paused is not null) && deadline <= now.UtcTicks)
            {
                _late.Expire(entry, now);
                continue;
            }

            if ((entry.Tries > 0 || paused is not null) && DelayWarnings.IsDue(entry, now.UtcTicks, rules)) _late.ReportDelay(entry, now);
            if (isHeld) Schedule(entry, deadline, mayBeLate: true);
            else if (paused is { } end) Schedule(entry, Math.Min(deadline, end), mayBeLate: true);
            else if (entry.NextDue > now.UtcTicks) Schedule(entry, entry.NextDue, mayBeLate: entry.Tries > 0);
            else _ready.Add(entry);
        }
    }

    private void Send(DeliveryTarget route, DateTimeOffset now)
    {
        var count = _credit.Use(_ready.Count, now.UtcTicks);
        if (count == 0) return;
        foreach (var chunk in Enumerable.Range(0, count).Select(_ => _ready.Dequeue()).Chunk(Deliver.MaxJobs))
        {
            batch.Emit(
                new AttemptsStarted(route.Destination, now, [.. chunk.Select(entry => new AttemptId(entry.Message, entry.Attempt + 1))]));
            batch.Add(new QueueEffect.SendJobs(route, _credit.Incarnation, [.. chunk.Select(entry => _jobs.Send(entry, now.UtcTicks))]));
        }
    }

    private void PauseSite(TimeSpan pause, SmtpReply reply, DateTimeOffset now)
    {
        _credit.Clear();
        _isRouteDeferred = false;
        Pause.Site.Begin((now + rules.RetryDelay(1)).UtcTicks);
        // Without a length it would be the end of a pause.
        batch.Emit(new SiteDeferred(now, now + (pause > TimeSpan.Zero ? pause : TimeSpan.FromMilliseconds(1)), reply));
    }

    private void Fail(QueueEntry entry, SmtpReply reply, DateTimeOffset now)
    {
        if (entry.IsRemoved) return;
        entry.IsReady = false;
        var outcome = new RecipientOutcome(entry.Open, Disposition.Failed, reply, "");
        batch.Emit(new AttemptEnded(entry.Message, entry.Attempt + 1, now, AttemptResult.Attempted, [outcome], null));
    }
}
