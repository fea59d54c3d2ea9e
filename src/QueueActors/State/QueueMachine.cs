using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;

namespace Postfleet.QueueActors.State;

/// <summary>What decides for a queue, beside its state.</summary>
/// <param name="Lifetime">How long a message is tried.</param>
/// <param name="RetryDelay">Time to the next attempt after so many tries (1 and up), with its jitter.</param>
/// <param name="Node">This node's address, for the ownership event.</param>
internal sealed record QueueRules(TimeSpan Lifetime, Func<int, TimeSpan> RetryDelay, string Node)
{
    /// <summary>After how long in the queue the sender is told that a message is late; zero, or the lifetime and more: never.</summary>
    public TimeSpan DelayWarning { get; init; }

    /// <summary>
    /// Whether no other process can write to the journal, as with a file that this one holds a lock on: then there is no stale owner to be
    /// kept out.
    /// </summary>
    public bool IsAlone { get; init; }

    /// <summary>
    /// How long new mail may wait for its first credit before it is written to the journal without it; zero for not at all.
    /// </summary>
    public TimeSpan HoldFor { get; init; }

    /// <summary>So many crashes of a worker of ours hold a message until its lifetime ends.</summary>
    public const int CrashesToHold = 3;
}

/// <summary>
/// Decides what a queue does: commands in, events and effects out. No I/O, no clock, no actor. Decisions of one round see each other's
/// events; nobody outside sees anything before the round's events are durable, and if they cannot be made durable the whole object is
/// thrown away.
/// </summary>
internal sealed class QueueMachine : IDecisionBatch
{
    /// <summary>
    /// A queue without attempts under way may be fenced this late: whatever it does in the meantime begins with a row, and that is a fence.
    /// Until then a stale owner can take mail that this one does not know of, which so is found. It spares a cluster that takes over many
    /// queues as many writes just then.
    /// </summary>
    private static readonly long FenceAfter = TimeSpan.FromSeconds(30).Ticks;

    private readonly QueueState _state;
    private readonly QueueRules _rules;
    private readonly Dispatcher _dispatcher;
    private readonly SettlementScheduler _settling;
    private readonly MarkTracker _marks;
    private readonly RecentlySettled _settled = new();
    private HashSet<MessageId>? _checking;
    private QueueDecision _decision = null!;
    private OffersAwaitingCredit _held;
    private long _fenceAt = long.MaxValue;
    // An empty queue whose site is left alone waits for the end of that: its journal would otherwise forget it.
    private long _pausedUntil = long.MaxValue;

    public QueueMachine(QueueState state, QueueRules rules)
    {
        _state = state;
        _rules = rules;
        _dispatcher = new Dispatcher(state, rules, this);
        _settling = new SettlementScheduler(state);
        _marks = new MarkTracker();
        _held = new OffersAwaitingCredit(rules.HoldFor);
    }

    /// <summary>Bound of parts whose existence is being asked; what is offered beyond it is not acknowledged and so comes again.</summary>
    public const int MaxChecks = 20_000;

    /// <summary>Bound of new parts that wait for the first credit.</summary>
    private const int MaxHeld = 1000;

    /// <summary>Messages that are due and wait for a route or for credit.</summary>
    public int Due => _dispatcher.Due;

    /// <summary>When the first of the deferred messages is tried, or its site is asked again; null when none waits.</summary>
    public DateTimeOffset? NextAttempt(DateTimeOffset now) => _dispatcher.NextAttempt(now);

    /// <summary>The destination that the queue's mail goes to, when that is known.</summary>
    public DestinationId? Destination => _dispatcher.Destination;

    /// <summary>Whether nothing is left to do, and nothing to remember.</summary>
    public bool IsIdle => _state.IsEmpty && _checking is null && _held.Count == 0 && _pausedUntil == long.MaxValue;

    /// <summary>Whether nothing is due and nothing under way: only a message, or time, brings something to do.</summary>
    public bool IsResting => Due == 0 && _state.InFlight == 0;

    /// <summary>When a <see cref="QueueCommand.Tick"/> is wanted; null when only a message can bring news.</summary>
    public DateTimeOffset? NextWake(DateTimeOffset now)
    {
        var wake = Math.Min(_dispatcher.NextWake(), Math.Min(_settling.NextWake(), _marks.NextWake()));
        wake = Math.Min(Math.Min(wake, _pausedUntil), Math.Min(_fenceAt, _held.Until));
        return wake == long.MaxValue ? null : new DateTimeOffset(Math.Max(wake, now.UtcTicks), TimeSpan.Zero);
    }

    /// <summary>
    /// The first round, after the replay: takes the queue over if there is mail in it, and goes on where the last owner stopped.
    /// </summary>
    /// <param name="now">The time.</param>
    /// <param name="settledBefore">What earlier owners have settled was accepted before this; null when nobody has owned the queue
    /// before.</param>
    public QueueDecision Start(DateTimeOffset now, DateTimeOffset? settledBefore) => Round(now, () =>
    {
        if (settledBefore is { } end) _settled.BeginAfterOthers(end);
        if (_state.Entries.Count > 0 && !_rules.IsAlone) _fenceAt = _state.InFlight > 0 ? now.UtcTicks : now.UtcTicks + FenceAfter;
        Fence(now);
        foreach (var entry in _state.Entries)
        {
            _dispatcher.Resume(entry);
            _marks.Add(entry, now.UtcTicks);
        }

        foreach (var message in _state.Unsettled.Keys) _settling.Add(message);
    });

    /// <summary>One round over all commands that came in while the last one was being persisted.</summary>
    public QueueDecision Decide(IReadOnlyList<QueueCommand> commands, DateTimeOffset now) => Round(now, () =>
    {
        Fence(now);
        foreach (var command in commands) Decide(command, now);
        if (!commands.Any(IsNews)) Rest();
    });

    private void Fence(DateTimeOffset now)
    {
        if (_fenceAt <= now.UtcTicks) Emit(new OwnershipTaken(_rules.Node, now));
    }

    // Nothing came in and nothing went out: what the last mail needed is not held for the next, which may be hours away.
    private static bool IsNews(QueueCommand command) => command is not (QueueCommand.Tick or QueueCommand.Marked);

    private void Rest()
    {
        if (!IsResting) return;
        _state.Trim();
        _dispatcher.Trim();
        _settling.Trim();
        _settled.Trim();
        _marks.Trim();
    }

    private QueueDecision Round(DateTimeOffset now, Action decide)
    {
        _decision = new QueueDecision([], []);
        decide();
        _settled.Forget(now);
        // A row that is written anyway takes what is held along.
        if (_held.Count > 0 && (_decision.Events.Count > 0 || _held.Until <= now.UtcTicks || !_dispatcher.AwaitsFirstCredit(now)))
            Release(now);
        _dispatcher.Pump(now, _held.Count);
        if (_settling.Take(now.UtcTicks) is { } reports) _decision.Effects.Add(new QueueEffect.Settle(reports));
        if (_marks.Take(now.UtcTicks) is { } marks) _decision.Effects.Add(new QueueEffect.Mark(marks));
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
        _state.Apply(@event);
        var message =
            @event switch { AttemptEnded e => e.Message, MessageExpired e => e.Message, MessageDelayed e => e.Message, _ => default };
        if (message != default && _state.Unsettled.ContainsKey(message)) _settling.Add(message);
        if (@event is AttemptEnded { Result: AttemptResult.PartGone } gone && !_state.Knows(gone.Message))
            _settled.Remember(gone.Message, gone.At);
    }

    private void Decide(QueueCommand command, DateTimeOffset now)
    {
        switch (command)
        {
            case QueueCommand.Offer offer: Take(offer, now); break;
            case QueueCommand.PartsChecked check: Take(check, now); break;
            case QueueCommand.CheckFailed check: foreach (var part in check.Parts) Checked(part.Message); break;
            case QueueCommand.RouteResolved route: _dispatcher.Resolved(route.Decision, now); break;
            case QueueCommand.Credit credit: _dispatcher.Granted(credit.Message, credit.Sender, now); break;
            case QueueCommand.SiteDown site: _dispatcher.SiteDown(site.Message, now); break;
            case QueueCommand.Ended ended: End(ended, now); break;
            case QueueCommand.DestinationLost: _dispatcher.DestinationLost(); break;
            case QueueCommand.Settled settled: Confirm(settled, now); break;
            case QueueCommand.Marked marked: _marks.Confirm(marked.Messages, marked.IsDone, now.UtcTicks, _state); break;
            case QueueCommand.Tick: break;
            default: throw new InvalidOperationException($"unknown queue command {command.GetType().Name}");
        }
    }

    private void Take(QueueCommand.Offer offer, DateTimeOffset now)
    {
        List<MessageId>? acknowledged = null;
        List<PartOffer>? unknown = null;
        foreach (var part in offer.Message.Parts)
        {
            if (part.Part.Recipients is < 1 or > RecipientSet.MaxRecipients) continue;
            if (_state.Knows(part.Message) || _settled.Knows(part.Message))
            {
                // A repeat of what is here says that the spool holds no mark yet: whoever sent it would send it again for ever.
                if (part.IsRepeat && _state.Find(part.Message) is { IsMarked: false } entry) _marks.AddNow(entry);
                (acknowledged ??= []).Add(part.Message);
            }
            else if (part.IsRepeat && _held.Count < MaxHeld && _held.Holds(part.Message))
            {
                // It is acknowledged with the one that is held.
                _held.Add(part, offer.ReplyTo, now.UtcTicks);
            }
            else if (!part.IsRepeat && _settled.Covers(part.Part.AcceptedAt))
            {
                if (_held.IsUsed && _held.Count < MaxHeld && _dispatcher.AwaitsFirstCredit(now))
                {
                    _held.Add(part, offer.ReplyTo, now.UtcTicks);
                    continue;
                }

                Enqueue(part.Part, now);
                (acknowledged ??= []).Add(part.Message);
            }
            else if ((_checking ??= []).Count < MaxChecks && _checking.Add(part.Message))
            {
                (unknown ??= []).Add(part);
            }
        }

        if (acknowledged is not null) _decision.Effects.Add(new QueueEffect.AcknowledgeParts(offer.ReplyTo, acknowledged));
        if (unknown is not null) _decision.Effects.Add(new QueueEffect.CheckParts(unknown, offer.ReplyTo));
    }

    private void Release(DateTimeOffset now)
    {
        foreach (var group in _held.Take()!.GroupBy(held => held.ReplyTo))
        {
            // What was offered twice, or again and has been checked meanwhile, is here already.
            foreach (var (part, _) in group) if (!_state.Knows(part.Message)) Enqueue(part.Part, now);
            _decision.Effects.Add(new QueueEffect.AcknowledgeParts(group.Key, [.. group.Select(held => held.Part.Message)]));
        }
    }

    private void Take(QueueCommand.PartsChecked check, DateTimeOffset now)
    {
        foreach (var part in check.Parts)
        {
            Checked(part.Message);
            if (_state.Knows(part.Message) || !check.Existing.Contains(part.Message)) continue;
            Enqueue(part.Part, now);
            _marks.AddNow(_state.Find(part.Message)!);
        }

        // Those that are gone were settled before: the hand-off may forget them just as well.
        _decision.Effects.Add(new QueueEffect.AcknowledgeParts(check.ReplyTo, [.. check.Parts.Select(part => part.Message)]));
    }

    private void Checked(MessageId message)
    {
        if (_checking?.Remove(message) == true && _checking.Count == 0) _checking = null;
    }

    private void Confirm(QueueCommand.Settled settled, DateTimeOffset now)
    {
        _settling.Confirm(settled.Confirmed, settled.IsComplete, now.UtcTicks);
        foreach (var attempt in settled.Confirmed) if (!_state.Knows(attempt.Message)) _settled.Remember(attempt.Message, now);
    }

    private void Enqueue(QueuedPart part, DateTimeOffset now)
    {
        Emit(new MessageEnqueued(part));
        var entry = _state.Find(part.Message)!;
        _dispatcher.Arrive(entry);
        _marks.Add(entry, now.UtcTicks);
    }

    private void End(QueueCommand.Ended ended, DateTimeOffset now)
    {
        var outcomes = ended.Message;
        foreach (var job in outcomes.Jobs)
        {
            // Whatever else is said again, or by an attempt that is no longer the one that counts, is acknowledged and dropped.
            if (_state.Find(job.Message) is { IsInFlight: true } entry && entry.Attempt == job.Attempt) End(entry, job, now);
        }

        var attempts = outcomes.Jobs.Select(job => new AttemptId(job.Message, job.Attempt)).ToArray();
        _decision.Effects.Add(new QueueEffect.AcknowledgeOutcomes(ended.ReplyTo, outcomes.Destination, attempts));
    }

    // All who were tried are done with, so that each attempt of this kind has fewer to try.
    private static bool IsHalfWay(JobOutcome job) =>
        job.Result == AttemptResult.Attempted && job.Recipients.Count > 0
            && job.Recipients.All(outcome => outcome.Disposition != Disposition.Deferred);

    private void End(QueueEntry entry, JobOutcome job, DateTimeOffset now)
    {
        var deadline = entry.AcceptedAt + _rules.Lifetime;
        var isHeld = job.Result == AttemptResult.Crashed && entry.Crashes + 1 >= QueueRules.CrashesToHold;
        var isAtOnce = job.Result == AttemptResult.NotAttempted || IsHalfWay(job);
        var next = isHeld ? deadline : isAtOnce ? now : now + _rules.RetryDelay(entry.Tries + 1);
        // The last attempt is made when the lifetime ends, not before.
        if (next > deadline && now < deadline) next = deadline;
        var closed = RecipientSet.Empty;
        foreach (var outcome in job.Recipients.Where(outcome => outcome.Disposition != Disposition.Deferred))
            closed = closed.Union(outcome.Recipients);
        var isDone = entry.Open.Except(closed).IsEmpty || job.Result == AttemptResult.PartGone;
        Emit(new AttemptEnded(job.Message, job.Attempt, now, job.Result, job.Recipients, isDone ? null : next));
        if (entry.IsRemoved) return;
        if (now >= deadline && job.Result != AttemptResult.NotAttempted) _dispatcher.Expire(entry, now);
        else _dispatcher.Resume(entry);
    }
}
