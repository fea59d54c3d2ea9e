using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.Event;
using Akka.Persistence;
using Postfleet.Core.Protocol.Events;
using Postfleet.Core.Protocol.Messages;
using Postfleet.Core.Queueing;
using Postfleet.Core.Stats;
using Postfleet.QueueActors.State;

namespace Postfleet.QueueActors;

/// <summary>
/// The entity of one queue: keeps its <see cref="QueueMachine"/> durable and runs what it decides. One round is in flight: what arrives while a
/// round's events are being persisted, and for a moment after it (<see cref="RoundPace"/>), collects and is decided together as the next one.
/// </summary>
/// <remarks>
/// <code>
/// recovering --replayed--> deciding &lt;--> persisting (commands collect)      deciding --too many events--> compacting --> deciding
///                             |                                              deciding --empty for a while--> passivating --> stopped
///                             +-- StopQueue (after persisting) --> stopped   persisting --failed--> stopped; shard starts it again
/// </code>
/// </remarks>
internal sealed class DomainQueue : UntypedPersistentActor
{
    private const int MaxEventsPerRow = 1000;
    private const int PiecesPerWrite = 100;
    private const int MinEventsToCompact = 1000;
    private const int MaxBytesShown = 1024;

    /// <summary>
    /// A write that took longer may be one that this process slept through. The cluster gives the queue to another node after ten seconds at the earliest.
    /// </summary>
    private static readonly TimeSpan DoubtAfter = TimeSpan.FromSeconds(5);

    // What a timer can do.
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(1);

    private static readonly TimeSpan MendPause = TimeSpan.FromSeconds(5);

    private readonly QueueKey _queue;
    private readonly QueueServices _services;
    private readonly QueueState _state;
    private readonly QueueMachine _machine;
    private readonly QueueOperations _operations;
    private readonly RoundPace _pace;
    private readonly CancellationTokenSource _stopped = new();
    private List<QueueCommand> _collected = [];
    private IActorRef? _destination;
    private WakeTimes _wakes;
    private long? _idleSince;
    private DateTimeOffset? _settledBefore;
    private bool _isIdleSet;
    private bool _hasRows;
    private bool _isDamaged;
    private bool _isMended;
    private bool _isPersisting;
    private bool _isRoundAwaited;
    private bool _isEmptying;
    private bool _isPassivating;
    private bool _isStopping;

    public DomainQueue(QueueKey queue, QueueServices services)
    {
        _queue = queue;
        _services = services;
        _state = new QueueState(services.Replies);
        _machine = new QueueMachine(_state, services.Rules(queue));
        _operations = new QueueOperations(queue, services, _stopped.Token);
        _pace = new RoundPace(services.Time, services.RoundInterval);
        PersistenceId = QueueIds.PersistenceId(queue);
        // Checkpoints live in the journal itself: one query less at each start, and one store less to lose.
        SnapshotPluginId = "akka.persistence.no-snapshot-store";
    }

    public override string PersistenceId { get; }

    public override Recovery Recovery => new(SnapshotSelectionCriteria.None);

    protected override void OnRecover(object message)
    {
        _hasRows |= message is QueueEventBatch or CheckpointPiece or UnreadableRow;
        switch (message)
        {
            case QueueEventBatch batch: foreach (var e in batch.Events) _state.Apply(e); break;
            case CheckpointPiece piece: _state.Apply(piece); break;
            case UnreadableRow row: SetAside(row); break;
            case NoRowsKept nothing: _settledBefore = nothing.SettledBefore; break;
            case RecoveryCompleted: Start(); break;
        }
    }

    protected override void OnCommand(object message)
    {
        switch (message)
        {
            case Enqueue e: Collect(new QueueCommand.Offer(e, Sender)); break;
            case Outcomes o: Collect(new QueueCommand.Ended(o, Sender)); break;
            case CreditGranted g: Collect(new QueueCommand.Credit(g, Sender)); break;
            case SiteUnavailable s: Collect(new QueueCommand.SiteDown(s)); break;
            case Completed c: Collect(c.Command); break;
            case Terminated t when t.ActorRef.Equals(_destination): _destination = null; Collect(new QueueCommand.DestinationLost()); break;
            case Reoffered r: Mended(r.IsDone); break;
            case Mend: Reoffer(); break;
            case RoundDue: _isRoundAwaited = false; DecideInTime(); break;
            case WakeUp: Wake(); break;
            case Idle: EndIdling(); break;
            case DeleteMessagesSuccess when _isEmptying: Passivate(); break;
            case DeleteMessagesFailure f: KeepRows(f.Cause); break;
            case StopQueue: Stop(); break;
        }
    }

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr)
    {
        _services.Logger.JournalFailed(cause, _queue);
        base.OnPersistFailure(cause, @event, sequenceNr);
    }

    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr)
    {
        // The state holds events that are not durable: only a replay gives the true one.
        _services.Logger.JournalFailed(cause, _queue);
        Context.Stop(Self);
    }

    protected override void OnRecoveryFailure(Exception reason, object? message = null)
    {
        _services.Logger.RecoveryFailed(reason, _queue, _services.Pauses.Failed(_queue));
        base.OnRecoveryFailure(reason, message);
    }

    protected override void PostStop()
    {
        _stopped.Cancel();
        _stopped.Dispose();
        _services.Stats.Remove(_queue);
        base.PostStop();
    }

    /// <summary>The actor of a queue: itself, or what stands in for it while it must not be read again yet.</summary>
    public static Props Props(QueueKey queue, QueueServices services) => services.Pauses.Left(queue) is { Ticks: > 0 } pause
        ? Akka.Actor.Props.Create(() => new PausedQueue(pause))
        : Akka.Actor.Props.CreateBy(new Producer(queue, services));

    // The queue goes on without what stood there. The bytes go to the log, since the next compaction deletes the row.
    private void SetAside(UnreadableRow row)
    {
        var shown = Convert.ToBase64String(row.Bytes.AsSpan(0, Math.Min(row.Bytes.Length, MaxBytesShown)));
        _services.Logger.EventCorrupt(_queue, LastSequenceNr, row.Manifest, row.Reason, shown);
        QueueMetrics.EventCorrupt();
        _isDamaged = true;
    }

    // Mail that came in a lost event is in the spool, marked as this queue's: offered once more, it is new here. Mail whose end was in a lost event is gone
    // from the spool, as its next attempt finds out. Only then is the damaged row no more needed as a reminder.
    private void Reoffer() => _operations.ReofferAsync().PipeTo(Self, success: isDone => new Reoffered(isDone));

    private void Mended(bool isDone)
    {
        if (!isDone)
        {
            Schedule(MendPause, Mend.Instance);
            return;
        }

        (_isDamaged, _isMended) = (false, true);
        if (!_isPersisting && !_isStopping) AfterRound();
    }

    private void Start()
    {
        _services.Pauses.Recovered(_queue);
        if (_isDamaged)
        {
            _state.ForgetMarks();
            Reoffer();
        }

        if (_state.Entries.Count > 0) _services.Logger.Recovered(_queue, _state.Entries.Count, _state.InFlight);
        var now = _services.Time.GetUtcNow();
        Commit(_machine.Start(now, LastSequenceNr == 0 ? null : _settledBefore ?? now));
    }

    private void Collect(QueueCommand command)
    {
        _collected.Add(command);
        _isEmptying = false;
        // Where mail goes writes no row, and the first of it waits for that.
        if (command is QueueCommand.RouteResolved && !_isPersisting && !_isStopping) Decide();
        else DecideInTime();
    }

    private void DecideInTime()
    {
        if (_isPersisting || _isStopping || _collected.Count == 0) return;
        var left = _pace.Left(_collected.Count);
        if (left == TimeSpan.Zero)
        {
            Decide();
            return;
        }

        if (_isRoundAwaited) return;
        _isRoundAwaited = true;
        // Not by the scheduler of the actors: its ticks are longer than the time in question.
        Task.Delay(left < ShortestWait ? ShortestWait : left, _services.Time).PipeTo(Self, success: () => RoundDue.Instance);
    }

    private void Decide()
    {
        (var commands, _collected) = (_collected, []);
        Commit(_machine.Decide(commands, _services.Time.GetUtcNow()));
    }

    private void Commit(QueueDecision decision)
    {
        if (decision.Events.Count == 0)
        {
            Run(decision);
            AfterRound();
            return;
        }

        _pace.Begin(decision.Events.Count);
        Persist(decision.Events, decision);
    }

    // That the attempts are durable says who owned the queue when they were written. Before they are sent late, one more write has to say so again: a
    // destination that has moved since does not know which attempts were already made.
    private void Persist(IReadOnlyList<IQueueEvent> events, QueueDecision decision)
    {
        var started = _services.Time.GetTimestamp();
        PersistRows([.. events.Chunk(MaxEventsPerRow).Select(chunk => new QueueEventBatch(chunk))], () =>
        {
            var rules = _services.Rules(_queue);
            if (!rules.IsAlone && _services.Time.GetElapsedTime(started) > DoubtAfter && decision.Effects.Any(effect => effect is QueueEffect.SendJobs))
            {
                var again = new OwnershipTaken(rules.Node, _services.Time.GetUtcNow());
                _state.Apply(again);
                Persist([again], decision);
                return;
            }

            Run(decision);
            AfterRound();
        });
    }

    // Rows of one call are written atomically; the last row's callback says that all are durable.
    private void PersistRows<T>(IReadOnlyList<T> rows, Action durable)
    {
        _isPersisting = true;
        _hasRows = true;
        var left = rows.Count;
        foreach (var write in rows.Chunk(PiecesPerWrite))
        {
            PersistAllAsync(write, _ =>
            {
                if (--left > 0) return;
                _isPersisting = false;
                durable();
            });
        }
    }

    private void AfterRound()
    {
        if (_isStopping)
        {
            Context.Stop(Self);
            return;
        }

        _services.Stats.Publish(_queue, Counts());
        var hasMany = _state.EventsSinceCompaction > Math.Max(MinEventsToCompact, _state.Entries.Count);
        if (_isMended || (hasMany && !_isDamaged)) Compact();
        else DecideInTime();
        if (!_isPersisting && _collected.Count == 0) SetTimers();
    }

    private void Compact()
    {
        _isMended = false;
        var before = LastSequenceNr;
        var pieces = Checkpoints.Write(_state);
        if (pieces.Count == 0)
        {
            Compacted(before);
            DecideInTime();
            return;
        }

        PersistRows(pieces, () =>
        {
            Compacted(before);
            AfterRound();
        });
    }

    private void Compacted(long upTo)
    {
        _state.MarkCompacted();
        // A checkpoint's own pieces stay, until the queue is empty and needs none.
        _hasRows = upTo < LastSequenceNr;
        DeleteMessages(upTo);
    }

    private void KeepRows(Exception cause)
    {
        _services.Logger.CompactionFailed(cause, _queue);
        _hasRows = true;
        _idleSince = null;
        SetTimers();
    }

    private void SetTimers()
    {
        var now = _services.Time.GetUtcNow();
        if (_machine.NextWake(now) is { } wake && _wakes.Need(wake)) Schedule(wake - now, WakeUp.Instance);
        if (!_machine.IsIdle) _idleSince = null;
        else if (_idleSince is null)
        {
            _idleSince = _services.Time.GetTimestamp();
            AwaitIdle(_services.IdleTimeout);
        }
    }

    private void Wake()
    {
        _wakes.Fired();
        var now = _services.Time.GetUtcNow();
        // What it was set for has often been done meanwhile.
        if (_machine.NextWake(now) <= now) Collect(new QueueCommand.Tick());
        else if (!_isPersisting && _collected.Count == 0) SetTimers();
    }

    // By the scheduler itself and for good: an actor's own timers hold half a kilobyte in each of a hundred thousand queues that sleep. What comes to a queue
    // that has stopped is dropped, and of each kind at most a few are ever under way.
#pragma warning disable AK1004
    private void Schedule(TimeSpan after, object message) => Context.System.Scheduler.ScheduleTellOnce(after, Self, message, Self);
#pragma warning restore AK1004

    private void AwaitIdle(TimeSpan time)
    {
        if (_isIdleSet) return;
        _isIdleSet = true;
        Schedule(time, Idle.Instance);
    }

    private void EndIdling()
    {
        _isIdleSet = false;
        if (_idleSince is not { } since) return;
        var left = _services.IdleTimeout - _services.Time.GetElapsedTime(since);
        if (left > TimeSpan.Zero)
        {
            AwaitIdle(left);
            return;
        }

        _idleSince = null;
        Passivate();
    }

    private void Passivate()
    {
        if (_isPersisting || _isDamaged || _collected.Count > 0 || !_machine.IsIdle) return;
        // An empty queue leaves nothing behind but its last sequence number: it stays until that is done, since nobody would do it later.
        _isEmptying = _hasRows;
        if (_hasRows)
        {
            Compacted(LastSequenceNr);
            return;
        }

        _isPassivating = true;
        Context.Parent.Tell(new Passivate(StopQueue.Instance));
    }

    private void Stop()
    {
        // Mail came while the shard was being asked: it forgets a queue that passivates, so it is told to start this one again at once. It keeps
        // this offer of nothing until the queue has stopped.
        if (_isPassivating && (_isPersisting || _collected.Count > 0 || !_machine.IsIdle)) Context.Parent.Tell(new Enqueue(_queue, []));
        // What waits for its round is news of attempts, too, and would be made again if it were not recorded.
        if (!_isPersisting && _collected.Count > 0) Decide();
        _isStopping = true;
        if (!_isPersisting) Context.Stop(Self);
    }

    private QueueCounts Counts() => new()
    {
        Messages = _state.Entries.Count,
        Recipients = _state.OpenRecipients,
        Due = _machine.Due,
        Deferred = _state.Entries.Count - _machine.Due - _state.InFlight,
        InFlight = _state.InFlight,
        OldestAcceptedAt = _state.FindOldest(),
        LastReply = _state.LastNegativeReply is { } reply ? _services.Replies.Describe(reply) : null,
        Destination = _machine.Destination?.Value,
        NextDue = _machine.NextAttempt(_services.Time.GetUtcNow()),
    };

    private void Run(QueueDecision decision)
    {
        foreach (var e in decision.Events) Report(e);
        foreach (var effect in decision.Effects) Run(effect);
    }

    private void Run(QueueEffect effect)
    {
        switch (effect)
        {
            case QueueEffect.AcknowledgeParts e: ((IActorRef)e.ReplyTo).Tell(new Enqueued(_queue, e.Messages)); break;
            case QueueEffect.AskForCredit e: _services.Destinations().Tell(new RequestCredit(e.Target, _queue, e.Jobs)); break;
            case QueueEffect.SendJobs e: _services.Destinations().Tell(new Deliver(e.Target, _queue, e.Jobs) { Incarnation = e.Incarnation }); break;
            case QueueEffect.AcknowledgeOutcomes e:
                ((IActorRef)e.ReplyTo).Tell(new OutcomesAcknowledged(e.Destination, _queue, e.Attempts));
                break;
            case QueueEffect.Watch e: Watch((IActorRef)e.Destination); break;
            case QueueEffect.CheckParts e: Complete(_operations.CheckAsync(e)); break;
            case QueueEffect.ResolveRoute: Complete(_operations.ResolveAsync()); break;
            case QueueEffect.Settle e: Complete(_operations.SettleAsync(e.Reports)); break;
            case QueueEffect.Mark e: Complete(_operations.MarkAsync(e.Messages)); break;
            default: throw new InvalidOperationException($"unknown queue effect {effect.GetType().Name}");
        }
    }

    private void Complete(Task<QueueCommand> operation) => operation.PipeTo(Self, success: command => new Completed(command));

    private void Watch(IActorRef destination)
    {
        if (destination.Equals(_destination)) return;
        if (_destination is not null) Context.Unwatch(_destination);
        _destination = Context.Watch(destination);
    }

    private void Report(IQueueEvent @event)
    {
        switch (@event)
        {
            case AttemptEnded { End: JobEnd.Crashed } e: _services.Logger.Crashed(e.Message, _queue, QueueRules.CrashesToHold); break;
            case AttemptEnded { End: JobEnd.Attempted, NextDue: { } next } e: _services.Logger.Deferred(e.Message, _queue, e.Attempt, next); break;
            case MessageExpired e: _services.Logger.Expired(e.Message, _queue, e.Reply.ToString()); break;
            case MessageDelayed e: _services.Logger.Late(e.Message, _queue, e.Reply.ToString()); break;
            case SiteDeferred e: _services.Logger.SiteDeferred(_queue, e.Until, e.Reply.ToString()); break;
        }
    }

    // An expression would be taken apart, and the constructor looked up, for each of a hundred thousand queues.
    private sealed class Producer(QueueKey queue, QueueServices services) : IIndirectActorProducer
    {
        public Type ActorType => typeof(DomainQueue);

        public ActorBase Produce() => new DomainQueue(queue, services);

        public void Release(ActorBase actor)
        {
        }
    }

    // It may come when the queue has stopped: nobody misses it.
    private sealed record RoundDue : INoSerializationVerificationNeeded, Akka.Event.IDeadLetterSuppression
    {
        public static readonly RoundDue Instance = new();
    }

    private sealed record Completed(QueueCommand Command) : INoSerializationVerificationNeeded;

    private sealed record Reoffered(bool IsDone) : INoSerializationVerificationNeeded;

    private sealed class Mend : INotInfluenceReceiveTimeout, INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        public static readonly Mend Instance = new();
    }

    private sealed class WakeUp : INotInfluenceReceiveTimeout, INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        public static readonly WakeUp Instance = new();
    }

    private sealed class Idle : INotInfluenceReceiveTimeout, INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        public static readonly Idle Instance = new();
    }
}
