using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Queueing;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;

namespace Postfleet.QueueActors.State;

/// <summary>
/// Takes a queue's messages from due to sent: the heap of due times, the route, the destination's credit, the back-off of the whole site.
/// What it knows beside <see cref="QueueState"/> is made anew by each owner.
/// </summary>
internal sealed class Dispatcher(QueueState state, QueueRules rules, IDecisionBatch round)
{
    /// <summary>
    /// A job without an outcome is sent again after this; idempotent, so it costs a message. Longer than a usual attempt.
    /// </summary>
    private static readonly long ResendAfter = TimeSpan.FromSeconds(60).Ticks;

    /// <summary>
    /// The same for a job that was sent again: a destination that does not know it says so at once, but what goes to a node that has just
    /// died or to a shard that moves may be lost on its way, and a minute is long for mail that waits.
    /// </summary>
    private static readonly long AgainAfter = TimeSpan.FromSeconds(10).Ticks;

    /// <summary>A request for credit that got no answer is repeated after this: the destination may have moved.</summary>
    private static readonly long AskAgainAfter = TimeSpan.FromSeconds(10).Ticks;

    /// <summary>Credit is used within this, since the destination lets it lapse after 30 s.</summary>
    private static readonly long CreditLife = TimeSpan.FromSeconds(25).Ticks;

    /// <summary>Between two looks for messages that wait for their turn so long that their senders are to be told.</summary>
    private static readonly long LookAgainAfter = TimeSpan.FromMinutes(1).Ticks;

    /// <summary>A destination may ask for patience, but not for ever.</summary>
    private static readonly TimeSpan MaxSitePause = TimeSpan.FromHours(4);

    private static readonly SmtpReply ExpiredReply = new(451, new EnhancedStatus(4, 4, 7), "the message could not be delivered in time");

    private static readonly SmtpReply DelayedReply = new(451, new EnhancedStatus(4, 4, 7), "the message could not be delivered yet");

    // By the time of the next attempt.
    private readonly PriorityQueue<QueueEntry, long> _heap = new();
    // By the time at which the sender is told of the delay; only messages for which this comes before the next attempt.
    private readonly PriorityQueue<QueueEntry, long> _late = new();
    private LeanQueue<QueueEntry> _ready;
    private LeanQueue<QueueEntry> _unsent;
    // Two, so that each is in the order of its times.
    private LeanQueue<(QueueEntry Entry, int Attempt, long SentAt)> _sent;
    private LeanQueue<(QueueEntry Entry, int Attempt, long SentAt)> _sentAgain;
    private DeliveryTarget? _route;
    private long _routeUntil;
    private bool _isResolving;
    private long _incarnation;
    private int _credits;
    private long _creditsUntil;
    private int _asked;
    private long _askedAt;
    private long _nextLook;
    // For new mail that meets a site that is left alone: it asks once more, but not sooner than a first retry after the last time that
    // somebody asked.
    private long _probeAt;
    private bool _isProbeWanted;
    private bool _isSiteBack;

    public int Due => _ready.Count;

    public DestinationId? Destination => _route?.Destination;

    public long NextWake()
    {
        var wake = _heap.TryPeek(out _, out var due) ? due : long.MaxValue;
        if (_late.TryPeek(out _, out var late)) wake = Math.Min(wake, late);
        wake = Math.Min(wake, Math.Min(NextResend(ref _sent, ResendAfter), NextResend(ref _sentAgain, AgainAfter)));
        if (_ready.Count > 0 && !_isResolving) wake = Math.Min(wake, _askedAt + AskAgainAfter);
        return wake;
    }

    /// <summary>
    /// When the first of the messages that wait for their next attempt is tried, or its site is asked again; null when none waits.
    /// </summary>
    public DateTimeOffset? NextAttempt(DateTimeOffset now)
    {
        while (_heap.TryPeek(out var entry, out var due) && IsOver(entry, due)) _heap.Dequeue();
        if (!_heap.TryPeek(out _, out var at)) return null;
        return new DateTimeOffset(IsPaused(now) ? Math.Max(at, PauseEnd()) : at, TimeSpan.Zero);
    }

    /// <summary>Takes an entry up that is new, comes from the replay, or has to be tried again.</summary>
    public void Resume(QueueEntry entry)
    {
        if (entry.IsInFlight) _unsent.Enqueue(entry);
        else Schedule(entry, entry.NextDue, mayBeLate: entry.Tries > 0);
    }

    /// <summary>
    /// Takes an entry up that has just come. It does not wait for the rest of a long pause of the site: the outage that caused the pause
    /// may have ended.
    /// </summary>
    public void Arrive(QueueEntry entry)
    {
        _isProbeWanted = true;
        Resume(entry);
    }

    public void Resolved(RouteDecision decision, DateTimeOffset now)
    {
        _isResolving = false;
        switch (decision)
        {
            case RouteDecision.Deliver deliver:
                if (_route?.Destination != deliver.Target.Destination) (_credits, _asked) = (0, 0);
                _route = deliver.Target;
                _routeUntil = (now + deliver.ValidFor).UtcTicks;
                break;
            case RouteDecision.Defer defer:
                PauseSite(rules.RetryDelay(state.SiteFailures + 1), defer.Reply, now);
                break;
            case RouteDecision.Fail fail:
                while (_ready.TryDequeue(out var entry)) Fail(entry, fail.Reply, now);
                // An attempt that was started may have been made: only its destination can say what became of it, or give it back.
                SendAgain(now.UtcTicks);
                break;
        }
    }

    public void Granted(CreditGranted grant, object sender, DateTimeOffset now)
    {
        if (grant.Destination != _route?.Destination || grant.Credits <= 0) return;
        if (grant.Incarnation != _incarnation)
        {
            // Its successor is watched from now on, so that nobody would say that the one before is gone.
            if (_incarnation != 0) DestinationLost();
            _credits = 0;
        }

        // Only a site that was reached gets credit: what waits for the end of its pause need not.
        if (state.SiteUntil > now && !_isSiteBack)
        {
            _isSiteBack = true;
            foreach (var entry in state.Entries) if (!entry.IsInFlight && !entry.IsReady && entry.WakeAt > entry.NextDue) Resume(entry);
        }

        _credits += grant.Credits;
        _incarnation = grant.Incarnation;
        _creditsUntil = now.UtcTicks + CreditLife;
        _asked = Math.Max(0, _asked - grant.Credits);
        round.Add(new QueueEffect.Watch(sender));
    }

    public void SiteDown(SiteUnavailable site, DateTimeOffset now)
    {
        if (site.Destination != _route?.Destination) return;
        PauseSite(site.RetryAfter < MaxSitePause ? site.RetryAfter : MaxSitePause, site.Reply, now);
    }

    /// <summary>The destination's node is gone: what it had is sent again at once, under the same numbers.</summary>
    public void DestinationLost()
    {
        (_credits, _asked) = (0, 0);
        while (_sent.TryDequeue(out var sent) || _sentAgain.TryDequeue(out sent)) Unsend(sent);
    }

    public void Expire(QueueEntry entry, DateTimeOffset now)
    {
        var (reply, host) = entry.LastReply is { } last ? (last, entry.LastRemoteHost) : (state.SiteReply ?? ExpiredReply, "");
        round.Emit(new MessageExpired(entry.Message, entry.Attempt + 1, now, reply, host));
    }

    /// <summary>Whether new mail would be alone in waiting, and for credit that has not been refused.</summary>
    public bool AwaitsFirstCredit(DateTimeOffset now) =>
        _ready.Count == 0 && (_credits == 0 || _creditsUntil <= now.UtcTicks || _route is null || _routeUntil <= now.UtcTicks)
            && !(state.SiteUntil > now);

    private bool IsPaused(DateTimeOffset now) => state.SiteUntil > now && !_isSiteBack && !(_isProbeWanted && _probeAt <= now.UtcTicks);

    /// <summary>Moves what can be moved now.</summary>
    /// <param name="now">The time.</param>
    /// <param name="expected">How many more messages are going to be due as soon as there is credit.</param>
    public void Pump(DateTimeOffset now, int expected)
    {
        var ticks = now.UtcTicks;
        while (NextResend(ref _sent, ResendAfter) <= ticks) Unsend(_sent.Dequeue());
        while (NextResend(ref _sentAgain, AgainAfter) <= ticks) Unsend(_sentAgain.Dequeue());
        if (IsPaused(now)) while (_ready.TryDequeue(out var entry)) Schedule(entry, entry.NextDue, mayBeLate: true);
        Wake(now);
        LookForLate(now);
        if (_ready.Count + expected == 0 && _unsent.Count == 0) return;
        if (_route is null || _routeUntil <= ticks)
        {
            if (!_isResolving) round.Add(new QueueEffect.ResolveRoute());
            _isResolving = true;
            return;
        }

        SendAgain(ticks);
        if (_creditsUntil <= ticks) _credits = 0;
        Send(_route, now);
        var waiting = _ready.Count + expected;
        if (waiting > 0 && _credits == 0 && (_asked == 0 || waiting >= 2 * _asked || _askedAt + AskAgainAfter <= ticks))
        {
            (_asked, _askedAt) = (waiting, ticks);
            round.Add(new QueueEffect.AskForCredit(_route, _asked));
        }
    }

    /// <summary>Gives back the room that is not needed.</summary>
    public void Trim()
    {
        _ready.Trim();
        _unsent.Trim();
        _sent.Trim();
        _sentAgain.Trim();
        if (2 * _heap.Count < _heap.Capacity) _heap.TrimExcess();
        if (2 * _late.Count < _late.Capacity) _late.TrimExcess();
    }

    private void Schedule(QueueEntry entry, long at, bool mayBeLate)
    {
        entry.IsReady = false;
        entry.WakeAt = at;
        _heap.Enqueue(entry, at);
        if (!mayBeLate || entry.IsDelayReported || entry.IsLateAwaited || LateAt(entry) >= at) return;
        entry.IsLateAwaited = true;
        _late.Enqueue(entry, LateAt(entry));
    }

    private static bool IsOver(QueueEntry entry, long at) => entry.IsRemoved || entry.IsReady || entry.IsInFlight || entry.WakeAt != at;

    private void WakeLate(DateTimeOffset now)
    {
        while (_late.TryPeek(out var entry, out var at) && at <= now.UtcTicks)
        {
            _late.Dequeue();
            entry.IsLateAwaited = false;
            if (entry.IsRemoved || entry.IsReady || entry.IsInFlight || entry.IsDelayReported) continue;
            // A message that could not be tried before, because nobody was there to do it, is tried first.
            if (entry.Tries > 0 || IsPaused(now)) ReportDelay(entry, now);
            else Resume(entry);
        }
    }

    private void Wake(DateTimeOffset now)
    {
        WakeLate(now);
        while (_heap.TryPeek(out var entry, out var at) && at <= now.UtcTicks)
        {
            _heap.Dequeue();
            if (IsOver(entry, at)) continue;
            var deadline = entry.AcceptedAt.UtcTicks + rules.Lifetime.Ticks;
            var isHeld = entry.Crashes >= QueueRules.CrashesToHold;
            var isPaused = IsPaused(now);
            if ((isHeld || isPaused) && deadline <= now.UtcTicks)
            {
                Expire(entry, now);
                continue;
            }

            // A message that could not be tried before, because nobody was there to do it, is tried first.
            if ((entry.Tries > 0 || isPaused) && !entry.IsDelayReported && LateAt(entry) <= now.UtcTicks) ReportDelay(entry, now);
            if (isHeld) Schedule(entry, deadline, mayBeLate: true);
            else if (isPaused) Schedule(entry, Math.Min(deadline, PauseEnd()), mayBeLate: true);
            else if (entry.NextDue > now.UtcTicks) Schedule(entry, entry.NextDue, mayBeLate: entry.Tries > 0);
            else Ready(entry);
        }
    }

    private long PauseEnd() => _isProbeWanted ? Math.Min(_probeAt, state.SiteUntil!.Value.UtcTicks) : state.SiteUntil!.Value.UtcTicks;

    // Those that wait for their turn at a site that takes little sleep in no heap. They are looked through now and then.
    private void LookForLate(DateTimeOffset now)
    {
        if (_ready.Count == 0) _nextLook = now.UtcTicks + LookAgainAfter;
        if (now.UtcTicks < _nextLook) return;
        _nextLook = now.UtcTicks + LookAgainAfter;
        for (var i = 0; i < _ready.Count; i++)
            if (_ready[i] is { IsRemoved: false, IsDelayReported: false } entry && LateAt(entry) <= now.UtcTicks) ReportDelay(entry, now);
    }

    private long LateAt(QueueEntry entry) =>
        rules.DelayWarning > TimeSpan.Zero && rules.DelayWarning < rules.Lifetime ? entry.AcceptedAt.UtcTicks + rules.DelayWarning.Ticks
            : long.MaxValue;

    private void ReportDelay(QueueEntry entry, DateTimeOffset now)
    {
        var (reply, host) = entry.LastReply is { } last ? (last, entry.LastRemoteHost) : (state.SiteReply ?? DelayedReply, "");
        round.Emit(new MessageDelayed(entry.Message, entry.Attempt + 1, now, reply, host));
    }

    private void Ready(QueueEntry entry)
    {
        entry.IsReady = true;
        _ready.Enqueue(entry);
    }

    private void Send(DeliveryTarget route, DateTimeOffset now)
    {
        var count = Math.Min(_credits, _ready.Count);
        if (count == 0) return;
        _credits -= count;
        foreach (var chunk in Enumerable.Range(0, count).Select(_ => _ready.Dequeue()).Chunk(Deliver.MaxJobs))
        {
            round.Emit(
                new AttemptsStarted(route.Destination, now, [.. chunk.Select(entry => new AttemptId(entry.Message, entry.Attempt + 1))]));
            round.Add(new QueueEffect.SendJobs(route, _incarnation, [.. chunk.Select(entry => Job(entry, now.UtcTicks, ref _sent))]));
        }
    }

    // To the destination where the attempt was started, also when the route has changed meanwhile, or there is none any more: it alone
    // knows whether it was made. It is told no hosts to connect to, since they are not known here any more; what it does not know it gives
    // back.
    private void SendAgain(long now)
    {
        var entries = new List<QueueEntry>();
        while (_unsent.TryDequeue(out var entry)) if (!entry.IsRemoved && entry.IsInFlight) entries.Add(entry);
        foreach (var group in entries.GroupBy(entry => entry.Destination))
        {
            foreach (var chunk in group.Chunk(Deliver.MaxJobs))
            {
                round.Add(new QueueEffect.SendJobs(
                    new DeliveryTarget(group.Key, TargetKind.Mx, [], 0), Deliver.IfKnown,
                    [.. chunk.Select(entry => Job(entry, now, ref _sentAgain))]));
            }
        }
    }

    private static DeliveryJob Job(QueueEntry entry, long now, ref LeanQueue<(QueueEntry Entry, int Attempt, long SentAt)> sent)
    {
        entry.IsReady = false;
        entry.SentAt = now;
        sent.Enqueue((entry, entry.Attempt, now));
        return new DeliveryJob(entry.Message, entry.Attempt, entry.Open);
    }

    private static long NextResend(ref LeanQueue<(QueueEntry Entry, int Attempt, long SentAt)> sent, long after)
    {
        while (sent.TryPeek(out var over) && IsOver(over)) sent.Dequeue();
        return sent.TryPeek(out var next) ? next.SentAt + after : long.MaxValue;
    }

    private static bool IsOver((QueueEntry Entry, int Attempt, long SentAt) sent) =>
        !sent.Entry.IsInFlight || sent.Entry.Attempt != sent.Attempt || sent.Entry.SentAt != sent.SentAt;

    private void Unsend((QueueEntry Entry, int Attempt, long SentAt) sent)
    {
        if (IsOver(sent)) return;
        sent.Entry.SentAt = 0;
        _unsent.Enqueue(sent.Entry);
    }

    private void PauseSite(TimeSpan pause, SmtpReply reply, DateTimeOffset now)
    {
        (_credits, _asked, _isProbeWanted, _isSiteBack) = (0, 0, false, false);
        _probeAt = (now + rules.RetryDelay(1)).UtcTicks;
        round.Emit(new SiteDeferred(now, now + pause, reply));
    }

    private void Fail(QueueEntry entry, SmtpReply reply, DateTimeOffset now)
    {
        if (entry.IsRemoved) return;
        entry.IsReady = false;
        var outcome = new RecipientOutcome(entry.Open, Disposition.Failed, reply, "");
        round.Emit(new AttemptEnded(entry.Message, entry.Attempt + 1, now, AttemptResult.Attempted, [outcome], null));
    }
}
