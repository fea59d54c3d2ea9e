using Postfleet.Core.Protocol;
using Postfleet.Core.Protocol.Events;
using Postfleet.Core.Protocol.Messages;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.State;
using Postfleet.Simulation.Tests.Checks;
using Postfleet.Simulation.Tests.Machinery;
using Postfleet.Simulation.Tests.Models;

namespace Postfleet.Simulation.Tests.Shells;

/// <summary>The shell of a queue, as <c>DomainQueue</c> is: one round in flight, effects when its events are durable, and a failed write ends it.</summary>
internal sealed class QueueShell : IEntity
{
    // Smaller than the real ones, so that a run has checkpoints of several pieces.
    private const int MinEventsToCompact = 25;
    private const int MaxEventsPerRow = 3;
    private const int MaxItemsPerPiece = 3;

    private static readonly TimeSpan DoubtAfter = TimeSpan.FromSeconds(5);

    private readonly World _world;
    private readonly EntityCell _cell;
    private readonly QueueKey _queue;
    private readonly QueueState _state = new(new ReplyPool());
    private readonly QueueMachine _machine;
    private readonly QueueOperations _operations;
    private readonly int _owner;
    private readonly List<(object Message, IActor From)> _stash = [];
    private List<QueueCommand> _collected = [];
    private IActor? _destination;
    private DestinationShell? _grantor;
    private Alarm? _wakeUp;
    private DateTimeOffset? _wakeAt;
    private Alarm? _idle;
    private long _lastNumber;
    private DateTimeOffset? _settledBefore;
    private bool _hasRows;
    private bool _isRecovering = true;
    private bool _isPersisting;
    private bool _isEmptying;
    private bool _isPassivating;
    private bool _isStopping;

    public QueueShell(World world, EntityCell cell, Node node, QueueKey queue)
    {
        (_world, _cell, Node, _queue) = (world, cell, node, queue);
        _machine = new QueueMachine(_state, world.Rules(node));
        _operations = new QueueOperations(world, this, queue);
        _owner = world.Ledger.NextOwner();
    }

    public Node Node { get; }

    public bool IsStopped { get; private set; }

    public QueueState State => _state;

    public void Start() => _world.Storage.Call(Node, () => _world.Storage.Journal.Read(_queue), Alive<JournalModel.Replay>(Recovered), Alive(Kill));

    public void Receive(object message, IActor from)
    {
        if (IsStopped) return;
        if (_isRecovering)
        {
            _stash.Add((message, from));
            return;
        }

        switch (message)
        {
            case Enqueue e: Collect(new QueueCommand.Offer(e, from)); break;
            case Outcomes o: Collect(new QueueCommand.Ended(Renumbered(o), from)); break;
            case CreditGranted g:
                // One whose credit it has no use for it does not watch.
                if (g.Destination == _machine.Destination) _grantor = (DestinationShell)from;
                Collect(new QueueCommand.Credit(g, from));
                break;
            case SiteUnavailable s: Collect(new QueueCommand.SiteDown(s)); break;
            case QueueCommand c: Collect(c); break;
            case Terminated t when t.Actor == _destination: _destination = null; Collect(new QueueCommand.DestinationLost()); break;
            case Terminated: break;
            default: throw new InvalidOperationException($"unknown message {message}");
        }
    }

    /// <summary>
    /// A node was given up: what this queue had sent to its destination there is sent again long before the repeat that any lost job gets after a
    /// minute.
    /// </summary>
    public void ExpectResend(Node gone)
    {
        if (_grantor is not { IsStopped: false } || _grantor.Node != gone) return;
        var (destination, since, freezes) = (_grantor.Id, Node.Now.UtcTicks, Node.Freezes);
        _world.Scheduler.After(World.ResendWithin, () =>
        {
            if (IsStopped || !Node.IsAlive || Node.IsFrozen || Node.Freezes != freezes || Node.IsRemoved || _isPersisting) return;
            if (_state.Entries.FirstOrDefault(entry => entry.IsInFlight && entry.Destination == destination && entry.SentAt > 0 && entry.SentAt < since) is { } entry)
                throw new PromiseBrokenException("slow", $"{_queue} has not sent attempt {entry.Attempt} again, although {gone} is gone", entry.Message);
        });
    }

    public void Stop()
    {
        if (IsStopped) return;
        if (_isRecovering)
        {
            Kill();
            return;
        }

        if (_isPassivating && (_isPersisting || !_machine.IsIdle)) _cell.Deliver(new Enqueue(_queue, []), this);
        _isStopping = true;
        if (!_isPersisting) Kill();
    }

    public void Kill()
    {
        if (IsStopped) return;
        IsStopped = true;
        Cancel(_wakeUp);
        Cancel(_idle);
        _cell.Stopped(this);
    }

    private void Recovered(JournalModel.Replay replay)
    {
        foreach (var row in replay.Payloads)
        {
            _hasRows = true;
            if (row is CheckpointPiece piece) _state.Apply(piece);
            else foreach (var e in ((QueueEventBatch)row).Events) _state.Apply(e);
        }

        _lastNumber = replay.Highest;
        if (!replay.HasRows) _settledBefore = Node.Now - JournalModel.KeepFor + JournalModel.ClockMargin;
        Begin();
    }

    private void Begin()
    {
        _isRecovering = false;
        if (_world.Breaks(BrokenRule.NewNumbersAfterRecovery))
        {
            foreach (var entry in _state.Entries.Where(entry => entry.IsInFlight).ToList())
                _state.Apply(new AttemptEnded(entry.Message, entry.Attempt, Node.Now, JobEnd.Returned, [], Node.Now));
        }

        Commit(_machine.Start(Node.Now, _lastNumber == 0 || _world.Breaks(BrokenRule.NewOwnerTrustsOffers) ? null : _settledBefore ?? Node.Now));
        foreach (var (message, from) in _stash) Receive(message, from);
        _stash.Clear();
    }

    private void Collect(QueueCommand command)
    {
        _collected.Add(command);
        _isEmptying = false;
        if (!_isPersisting && !_isStopping) Decide();
    }

    private void Decide()
    {
        (var commands, _collected) = (_collected, []);
        Commit(_machine.Decide(commands, Node.Now));
    }

    private void Commit(QueueDecision decision)
    {
        foreach (var effect in decision.Effects.FindAll(IsEarly)) Run(effect);
        decision.Effects.RemoveAll(IsEarly);
        if (_world.Breaks(BrokenRule.PartsMarkedBeforeDurable) && decision.Events.OfType<MessageEnqueued>().ToList() is { Count: > 0 } taken)
            _operations.Mark([.. taken.Select(e => e.Message)]);
        if (decision.Events.Count == 0)
        {
            Run(decision);
            AfterRound();
            return;
        }

        Persist(decision.Events, decision);
    }

    // Before attempts are sent late, one more write says who owns the queue.
    private void Persist(IReadOnlyList<IQueueEvent> events, QueueDecision decision)
    {
        var started = _world.Scheduler.Now;
        Persist([.. events.Chunk(MaxEventsPerRow).Select(chunk => new QueueEventBatch(chunk))], () =>
        {
            if (_world.Scheduler.Now - started > DoubtAfter && decision.Effects.Exists(effect => effect is QueueEffect.SendJobs))
            {
                var again = new OwnershipTaken(Node.Name, Node.Now);
                _state.Apply(again);
                Persist([again], decision);
                return;
            }

            Run(decision);
            AfterRound();
        });
    }

    private void Persist(IReadOnlyList<object> rows, Action durable)
    {
        _isPersisting = true;
        _hasRows = true;
        var first = _lastNumber + 1;
        _world.Storage.Call(Node, () => _world.Storage.Journal.Write(_queue, first, rows, _owner), Alive<bool>(_ =>
        {
            Written(rows.Count, durable);
        }), Alive(() =>
        {
            if (_world.Breaks(BrokenRule.FailedWriteIsTakenForDone))
            {
                Written(rows.Count, durable);
                return;
            }

            _world.Trace?.Add($"{_queue} on {Node} cannot write, and stops");
            Kill();
        }));
    }

    private void Written(int rows, Action durable)
    {
        _lastNumber += rows;
        _isPersisting = false;
        durable();
    }

    private void AfterRound()
    {
        if (_isStopping)
        {
            Kill();
            return;
        }

        if (_state.EventsSinceCompaction > Math.Max(MinEventsToCompact, _state.Entries.Count)) Compact();
        else if (_collected.Count > 0) Decide();
        if (!_isPersisting && !IsStopped) SetTimers();
    }

    private void Compact()
    {
        var before = _lastNumber;
        var whole = Checkpoints.Write(_state);
        var items = whole.SelectMany(piece => piece.Entries.Cast<object>().Concat(piece.Unsettled)).Chunk(MaxItemsPerPiece).ToList();
        if (whole.Count == 0)
        {
            Compacted(before);
            if (_collected.Count > 0) Decide();
            return;
        }

        if (items.Count == 0) items.Add([]);
        var pieces = items.Select((chunk, index) => new CheckpointPiece(
            index, index == items.Count - 1, [.. chunk.OfType<CheckpointEntry>().Select(Write)], [.. chunk.OfType<CheckpointReport>()])
        {
            Queue = index == items.Count - 1 ? whole[^1].Queue : null,
        }).ToList();
        if (_world.Breaks(BrokenRule.DeletedBeforeCheckpoint)) Compacted(before);
        PersistPieces(pieces, 0, before);
    }

    private CheckpointEntry Write(CheckpointEntry entry) =>
        _world.Breaks(BrokenRule.CheckpointForgetsDelays) ? entry with { IsDelayReported = false } : entry;

    // A long checkpoint is written in several transactions: what a crash leaves of one is passed over by the replay.
    private void PersistPieces(List<CheckpointPiece> pieces, int index, long before) => Persist([pieces[index]], () =>
    {
        if (index + 1 < pieces.Count)
        {
            PersistPieces(pieces, index + 1, before);
            return;
        }

        Compacted(_world.Breaks(BrokenRule.CheckpointDeleted) ? _lastNumber : before);
        AfterRound();
    });

    private void Compacted(long upTo)
    {
        _state.MarkCompacted();
        _hasRows = upTo < _lastNumber;
        _world.Trace?.Add($"{_queue} on {Node} deletes its events up to {upTo}");
        _world.Storage.Call(Node, () => _world.Storage.Journal.Delete(_queue, upTo), Alive<bool>(_ =>
        {
            if (_isEmptying) Passivate();
        }), Alive(() =>
        {
            _hasRows = !_world.Breaks(BrokenRule.DeletionNotRepeated);
            SetTimers();
        }));
    }

    private void SetTimers()
    {
        var now = Node.Now;
        if (_machine.NextWake(now) is { } wake && !(_wakeAt <= wake))
        {
            Cancel(_wakeUp);
            _wakeAt = wake;
            _wakeUp = Node.Start(wake - now, () =>
            {
                _wakeAt = null;
                if (!IsStopped) Collect(new QueueCommand.Tick());
            });
        }

        if (!_machine.IsIdle) Cancel(_idle);
        else if (_idle is not { IsOver: false }) _idle = Node.Start(World.QueueIdle, Passivate);
    }

    private void Passivate()
    {
        if (IsStopped || _isPersisting || !_machine.IsIdle) return;
        _isEmptying = _hasRows;
        if (_hasRows)
        {
            Compacted(_lastNumber);
            return;
        }

        _isPassivating = true;
        _cell.Passivate(this);
    }

    private void Run(QueueDecision decision)
    {
        foreach (var effect in decision.Effects) Run(effect);
    }

    private void Run(QueueEffect effect)
    {
        switch (effect)
        {
            case QueueEffect.AcknowledgeParts e:
                _world.Ledger.Acknowledged(_queue, e.Messages);
                foreach (var message in e.Messages) _world.Trace?.Add(message, $"{_queue} on {Node} says that it has it");
                _world.Network.Send(this, (IActor)e.ReplyTo, new Enqueued(_queue, e.Messages));
                break;
            case QueueEffect.AskForCredit e: ToDestination(new RequestCredit(e.Target, _queue, e.Jobs)); break;
            case QueueEffect.SendJobs e:
                foreach (var job in e.Jobs) _world.Trace?.Add(job.Message, $"{_queue} on {Node} sends attempt {job.Attempt} to {e.Target.Destination}");
                ToDestination(new Deliver(e.Target, _queue, e.Jobs) { Incarnation = e.Incarnation });
                break;
            case QueueEffect.AcknowledgeOutcomes when _world.Breaks(BrokenRule.OutcomesNotAcknowledged): break;
            case QueueEffect.AcknowledgeOutcomes e:
                foreach (var id in e.Attempts) _world.Ledger.OutcomeAcknowledged(_queue, id.Message, id.Attempt);
                _world.Network.Send(this, (IActor)e.ReplyTo, new OutcomesAcknowledged(e.Destination, _queue, e.Attempts));
                break;
            case QueueEffect.Watch e: if (!_world.Breaks(BrokenRule.NoDeathWatch)) Watch((IActor)e.Destination); break;
            case QueueEffect.CheckParts e: _operations.Check(e); break;
            case QueueEffect.ResolveRoute: _operations.Resolve(); break;
            case QueueEffect.Settle e:
                _operations.Settle(e.Reports);
                if (_world.Breaks(BrokenRule.SettledForgottenEarly)) foreach (var report in e.Reports) _state.ConfirmSettled(report.Message, report.Attempt);
                break;
            case QueueEffect.Mark e: _operations.Mark(e.Messages); break;
            default: throw new InvalidOperationException($"unknown queue effect {effect.GetType().Name}");
        }
    }

    private void ToDestination(IDestinationMessage message) =>
        _world.Sharding.Send(this, Sharding.Destination(message.Destination), message);

    private void Watch(IActor destination)
    {
        if (destination == _destination) return;
        if (_destination is not null) _world.DeathWatch.Unwatch(this, _destination);
        _destination = destination;
        _world.DeathWatch.Watch(this, destination);
    }

    private bool IsEarly(QueueEffect effect) => effect switch
    {
        QueueEffect.AcknowledgeParts => _world.Breaks(BrokenRule.PartsAcknowledgedBeforeDurable),
        QueueEffect.AcknowledgeOutcomes => _world.Breaks(BrokenRule.OutcomesAcknowledgedBeforeDurable),
        QueueEffect.SendJobs => _world.Breaks(BrokenRule.JobsSentBeforeDurable),
        QueueEffect.Settle => _world.Breaks(BrokenRule.SettledBeforeDurable),
        _ => false,
    };

    private Outcomes Renumbered(Outcomes outcomes) => !_world.Breaks(BrokenRule.StaleOutcomesTaken) ? outcomes : outcomes with
    {
        Jobs = [.. outcomes.Jobs.Select(job => _state.Find(job.Message) is { } entry ? job with { Attempt = entry.Attempt } : job)],
    };

    private static void Cancel(Alarm? alarm)
    {
        if (alarm is not null) alarm.IsOver = true;
    }

    private Action Alive(Action action) => () =>
    {
        if (!IsStopped) action();
    };

    private Action<T> Alive<T>(Action<T> action) => result =>
    {
        if (!IsStopped) action(result);
    };
}
