using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;

namespace Postfleet.QueueActors.State;

/// <summary>
/// The decisions of a queue: commands in, events and effects out. No I/O, no clock, no actor. Later decisions of a batch see the events of
/// earlier decisions. Decisions are not observable before the events of the batch are durable; if the write fails, the whole object is
/// discarded. Owned by <see cref="QueueLifecycle"/>.
/// </summary>
internal sealed partial class QueueMachine : IDecisionBatch
{
    /// <summary>
    /// How long the fence of a queue without attempts in flight may be delayed: any action meanwhile begins with a row, which is a fence as
    /// well. Until then a stale owner can accept mail unknown to this owner, which the fence detects. After a takeover of many queues, the
    /// delay spares the cluster as many writes at once.
    /// </summary>
    private static readonly long FenceAfter = TimeSpan.FromSeconds(30).Ticks;

    private readonly QueueState _state;
    private QueueRules _rules;
    private readonly Dispatcher _dispatcher;
    private readonly SettlementScheduler _settling;
    private readonly MarkTracker _marks;
    private readonly OfferIntake _offers;
    private readonly OrderedActions _actions;
    private QueueDecision _decision = null!;
    private long _fenceAt = long.MaxValue;
    // An empty queue with a paused site stays until the pause ends; otherwise the pause would be forgotten with its journal.
    private long _pausedUntil = long.MaxValue;

    /// <param name="state">The state of the queue.</param>
    /// <param name="rules">The rules of the queue.</param>
    /// <param name="suspensionOf">See <see cref="Dispatcher"/>; null if no operator can suspend the queue.</param>
    public QueueMachine(QueueState state, QueueRules rules, Func<DestinationId?, Suspension?>? suspensionOf = null)
    {
        _state = state;
        _rules = rules;
        _dispatcher = new Dispatcher(state, rules, this, suspensionOf);
        _settling = new SettlementScheduler(state);
        _marks = new MarkTracker();
        _offers = new OfferIntake(state, rules, this, _dispatcher, _marks);
        _actions = new OrderedActions(state, rules, this, _dispatcher);
    }

    /// <summary>
    /// Decides by other times from now on, and asks for the route again before the next attempt. A reload changes lifetime, pauses and
    /// delay warning only; the other rules stay for the life of the process.
    /// </summary>
    public void Use(QueueRules rules)
    {
        _rules = rules;
        _dispatcher.Use(rules);
    }

    /// <summary>The number of due messages waiting for a route or for credit.</summary>
    public int Due => _dispatcher.Due;

    /// <summary>When the first deferred message is tried, or its site is asked again; null if no message is deferred.</summary>
    public DateTimeOffset? NextAttempt(DateTimeOffset now) => _dispatcher.NextAttempt(now);

    /// <summary>The destination of the queue's mail; null if not resolved.</summary>
    public DestinationId? Destination => _dispatcher.Destination;

    /// <summary>Whether the queue has no work and nothing to remember.</summary>
    public bool IsIdle => _state.IsEmpty && _offers.IsEmpty && _actions.IsEmpty && _pausedUntil == long.MaxValue;

    /// <summary>Whether no message is due or in flight; then only a command or the time can cause work.</summary>
    public bool IsResting => Due == 0 && _state.InFlight == 0;

    /// <summary>When a <see cref="QueueCommand.Tick"/> is needed; null if only a command can cause work.</summary>
    public DateTimeOffset? NextWake(DateTimeOffset now)
    {
        var wake = Math.Min(_dispatcher.NextWake(), Math.Min(_settling.NextWake(), _marks.NextWake()));
        wake = Math.Min(Math.Min(wake, _pausedUntil), Math.Min(_fenceAt, _offers.HeldUntil));
        if (_actions.CanContinue) wake = now.UtcTicks;
        return wake == long.MaxValue ? null : new DateTimeOffset(Math.Max(wake, now.UtcTicks), TimeSpan.Zero);
    }

    /// <summary>The first batch, after the replay: takes ownership if the queue has mail, and resumes the previous owner's work.</summary>
    /// <param name="now">The current time.</param>
    /// <param name="settledBefore">
    /// Messages settled by earlier owners were accepted before this time; null if the queue never had an owner.
    /// </param>
    public QueueDecision Start(DateTimeOffset now, DateTimeOffset? settledBefore) => RunBatch(now, () =>
    {
        _startedAt = now;
        if (settledBefore is { } end) _offers.Settled.BeginAfterOthers(end);
        if (_state.Entries.Count > 0 && !_rules.IsAlone) _fenceAt = _state.InFlight > 0 ? now.UtcTicks : now.UtcTicks + FenceAfter;
        Fence(now);
        // Before the settlements of the same parts, which may delete them.
        foreach (var record in _state.TakeReplayed()) _decision.Effects.Add(record);
        foreach (var entry in _state.Entries)
        {
            _dispatcher.Recover(entry);
            _marks.Add(entry, now.UtcTicks);
        }

        foreach (var message in _state.Unsettled.Keys) _settling.Add(message);
    });

    /// <summary>Decides a batch of all commands received while the previous batch was being persisted.</summary>
    public QueueDecision Decide(IReadOnlyList<QueueCommand> commands, DateTimeOffset now) => RunBatch(now, () =>
    {
        Fence(now);
        foreach (var command in commands) Decide(command, now);
        if (!commands.Any(IsWork)) TrimIfResting();
    });

    private void Fence(DateTimeOffset now)
    {
        if (_fenceAt <= now.UtcTicks) Emit(new OwnershipTaken(_rules.Node, now));
    }

    // Without commands from outside and without effects, the capacity needed by the last mail is released: the next mail may be hours away.
    private static bool IsWork(QueueCommand command) => command is not (QueueCommand.Tick or QueueCommand.Marked);

    private void TrimIfResting()
    {
        if (!IsResting) return;
        _state.Trim();
        _dispatcher.Trim();
        _settling.Trim();
        _offers.Settled.Trim();
        _marks.Trim();
    }

    private QueueDecision RunBatch(DateTimeOffset now, Action decide)
    {
        _decision = new QueueDecision([], []);
        decide();
        _actions.Continue(now);
        _offers.Settled.Forget(now);
        // A row written anyway includes the held offers.
        _offers.EnqueueHeld(now, isRowWritten: _decision.Events.Count > 0);
        _dispatcher.Dispatch(now, _offers.Held);
        if (_settling.NextBatch(now.UtcTicks) is { } reports) _decision.Effects.Add(new QueueEffect.Settle(reports));
        if (_marks.NextBatch(now.UtcTicks) is { } marks) _decision.Effects.Add(new QueueEffect.Mark(marks));
        _pausedUntil = _state.IsEmpty && _state.SiteUntil > now ? _state.SiteUntil.Value.UtcTicks : long.MaxValue;
        var decision = _decision;
        _decision = null!;
        return decision;
    }

    void IDecisionBatch.Emit(IQueueEvent @event) => Emit(@event);

    void IDecisionBatch.Add(QueueEffect effect) => _decision.Effects.Add(effect);

    private void Emit(IQueueEvent @event)
    {
        _fenceAt = long.MaxValue;
        _decision.Events.Add(@event);
        var open = _state.OpenRecipients;
        _state.Apply(@event);
        RecentOutcomes.Count(ref _recent, @event, open - _state.OpenRecipients);
        if (@event is ActionApplied action) foreach (var attempt in action.Messages) AddUnsettled(attempt.Message);
        else AddUnsettled(
            @event switch { AttemptEnded e => e.Message, MessageExpired e => e.Message, MessageDelayed e => e.Message, _ => default });
        if (_state.RecordOf(@event) is { } record) _decision.Effects.Add(record);
        if (@event is AttemptEnded { Result: AttemptResult.PartGone } gone && !_state.Knows(gone.Message))
            _offers.Settled.Remember(gone.Message, gone.At);
    }

    private void AddUnsettled(MessageId message)
    {
        if (message != default && _state.Unsettled.ContainsKey(message)) _settling.Add(message);
    }

    private void Decide(QueueCommand command, DateTimeOffset now)
    {
        switch (command)
        {
            case QueueCommand.Offer offer: _offers.Handle(offer, now); break;
            case QueueCommand.PartsChecked check: _offers.Handle(check, now); break;
            case QueueCommand.CheckFailed check: _offers.Handle(check); break;
            case QueueCommand.RouteResolved route: _dispatcher.SetRoute(route.Decision, now); break;
            case QueueCommand.Credit credit: _dispatcher.AddCredit(credit.Message, credit.Sender, now); break;
            case QueueCommand.SiteDown site: _dispatcher.SiteDown(site.Message, now); break;
            case QueueCommand.Ended ended: HandleOutcomes(ended, now); break;
            case QueueCommand.DestinationLost: _dispatcher.DestinationLost(); break;
            case QueueCommand.Settled settled: HandleSettled(settled, now); break;
            case QueueCommand.Marked marked: _marks.Confirm(marked.Marks, marked.IsDone, now.UtcTicks, _state); break;
            case QueueCommand.Act act: _actions.Handle(act, now); break;
            case QueueCommand.Withdraw withdraw: _actions.Withdraw(withdraw.Message.Number); break;
            case QueueCommand.ActionRecorded: _actions.Recorded(); break;
            case QueueCommand.SuspensionChanged: _dispatcher.SuspensionChanged(now); break;
            case QueueCommand.Tick: break;
            default: throw new InvalidOperationException($"unknown queue command {command.GetType().Name}");
        }
    }

    private void HandleSettled(QueueCommand.Settled settled, DateTimeOffset now)
    {
        _settling.Confirm(settled.Confirmed, settled.IsComplete, now.UtcTicks);
        foreach (var attempt in settled.Confirmed) if (!_state.Knows(attempt.Message)) _offers.Settled.Remember(attempt.Message, now);
    }

    private void HandleOutcomes(QueueCommand.Ended ended, DateTimeOffset now)
    {
        var outcomes = ended.Message;
        foreach (var job in outcomes.Jobs)
        {
            // Repeated or stale outcomes (another attempt number) are acknowledged without effect.
            if (_state.Find(job.Message) is { IsInFlight: true } entry && entry.Attempt == job.Attempt) RecordOutcome(entry, job, now);
        }

        var attempts = outcomes.Jobs.Select(job => new AttemptId(job.Message, job.Attempt)).ToArray();
        _decision.Effects.Add(new QueueEffect.AcknowledgeOutcomes(ended.ReplyTo, outcomes.Destination, attempts));
    }

    // No tried recipient is deferred, so each attempt of this kind has fewer recipients left.
    private static bool HasNoDeferral(JobOutcome job) =>
        job.Result == AttemptResult.Attempted && job.Recipients.Count > 0
            && job.Recipients.All(outcome => outcome.Disposition != Disposition.Deferred);

    private void RecordOutcome(QueueEntry entry, JobOutcome job, DateTimeOffset now)
    {
        var deadline = entry.Part.SendAt + _rules.Lifetime;
        var isHeld = job.Result == AttemptResult.Crashed && entry.Crashes + 1 >= QueueRules.CrashesToHold;
        var isAtOnce = job.Result == AttemptResult.NotAttempted || HasNoDeferral(job);
        var next = isHeld ? deadline : isAtOnce ? now : now + _rules.RetryDelay(entry.Tries + 1);
        // The owner that started the attempt may have had a clock ahead of this one.
        if (next < entry.Part.SendAt) next = entry.Part.SendAt;
        // The last attempt is made when the lifetime ends, not before.
        if (next > deadline && now < deadline) next = deadline;
        var closed = RecipientSet.Empty;
        foreach (var outcome in job.Recipients.Where(outcome => outcome.Disposition != Disposition.Deferred))
            closed = closed.Union(outcome.Recipients);
        var isDone = entry.Open.Except(closed).IsEmpty || job.Result == AttemptResult.PartGone;
        Emit(new AttemptEnded(job.Message, job.Attempt, now, job.Result, job.Recipients, isDone ? null : next)
        {
            Details = _rules.KeepsOutcomes ? job.Details : null,
        });
        if (!entry.IsRemoved) _actions.AttemptEnded(entry, now);
        if (entry.IsRemoved)
        {
            _actions.Forget(entry.Message);
            return;
        }

        var isOver = DeliveryDeadlines.IsOver(entry, now.UtcTicks) || (now >= deadline && job.Result != AttemptResult.NotAttempted);
        if (isOver) _dispatcher.Expire(entry, now);
        else _dispatcher.Resume(entry);
    }
}
