using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Persistence;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.Messages;
using Postfleet.QueueActors.State;
using Postfleet.Simulation.Tests.Checks;
using Postfleet.Simulation.Tests.Machinery;
using Postfleet.Simulation.Tests.Models;

namespace Postfleet.Simulation.Tests.Shells;

/// <summary>
/// The shell of a queue, as <c>DomainQueue</c> is: a driver of <see cref="QueueLifecycle"/>, which decides everything. It recovers, writes,
/// deletes, sets timers and sends, and breaks a rule where the run asks for it.
/// </summary>
internal sealed class QueueShell : IEntity
{
    // Smaller than the real settings, for checkpoints of several pieces and waiting rounds.
    private static readonly LifecycleSettings Settings = new(World.QueueIdle, TimeSpan.FromMilliseconds(50))
    {
        BusyBatch = 1,
        MaxEventsPerRow = 3,
        MaxItemsPerPiece = 3,
        MinEventsToCompact = 25,
    };

    private readonly World _world;
    private readonly EntityCell _cell;
    private readonly QueueKey _queue;
    private readonly QueueState _state = new(new ReplyPool());
    private readonly QueueMachine _machine;
    private readonly QueueLifecycle _lifecycle;
    private readonly QueueOperations _operations;
    private readonly EffectShell _effects;
    private int _owner;
    private readonly List<Action> _stash = [];
    private QueueDecision? _written;
    private DateTimeOffset _writtenAt;
    private long _lastFirst;
    private long _lastNumber;
    private Alarm? _wakeUp;
    private bool _isRecovering = true;
    private bool _isPassivating;

    public QueueShell(World world, EntityCell cell, Node node, QueueKey queue)
    {
        (_world, _cell, Node, _queue) = (world, cell, node, queue);
        var rules = world.Rules(node);
        _machine = new QueueMachine(_state, rules, _ => node.SuspensionOf(queue));
        _lifecycle = new QueueLifecycle(_state, _machine, rules, Settings);
        _operations = new QueueOperations(world, this, queue);
        _effects = new EffectShell(world, this, queue, _operations);
    }

    public Node Node { get; }

    public bool IsStopped { get; private set; }

    /// <summary>Whether its pending requests to the spool are lost with the queue.</summary>
    public bool IsLost { get; set; }

    public void Start()
    {
        _world.RecoveryLedger.Begins(Node, _queue);
        _world.Storage.Call(Node, () =>
        {
            // The order of owners is the order of their reads, not of their requests.
            _owner = _world.Ledger.NextOwner();
            return _world.Storage.Journal.Read(_queue);
        }, Alive<JournalModel.Replay>(Recovered), Alive(NotRecovered));
    }

    public void Receive(object message, IActor from)
    {
        if (IsStopped) return;
        if (_isRecovering)
        {
            _stash.Add(() => Receive(message, from));
            return;
        }

        switch (message)
        {
            case Enqueue e: Arrived(new QueueCommand.Offer(e, from)); break;
            case Outcomes o: Arrived(new QueueCommand.Ended(_world.Outcomes(o, _state), from)); break;
            case CreditGranted g:
                // The queue does not watch a destination whose credit it cannot use.
                if (g.Destination == _machine.Destination) _effects.Grantor = (DestinationShell)from;
                Arrived(new QueueCommand.Credit(g, from));
                break;
            case SiteUnavailable s: Arrived(new QueueCommand.SiteDown(s)); break;
            case WithdrawAction w: Arrived(new QueueCommand.Withdraw(w)); break;
            case ApplyAction a: Arrived(new QueueCommand.Act(a, from)); break;
            case QueueCommand c: Arrived(c); break;
            case QueueInput i: Handle(i); break;
            case Terminated t: if (_effects.IsGone(t.Actor)) Arrived(new QueueCommand.DestinationLost()); break;
            default: throw new InvalidOperationException($"unknown message {message}");
        }
    }

    /// <summary>A node was given up: the jobs of its destinations are sent again before the repeat of a lost job, after a minute.</summary>
    public void ExpectResend(Node gone)
    {
        if (_effects.Grantor is { IsStopped: false } grantor && grantor.Node == gone)
            ResendCheck.Expect(_world, Node, _queue, grantor.Id, _state, gone, () => IsStopped || _lifecycle.IsWriting);
    }

    public void Stop()
    {
        if (IsStopped) return;
        if (_isRecovering) _stash.Add(Stop);
        else if (_isPassivating && _world.Breaks(BrokenRule.PassivatedWhileCommandsWait)) Kill();
        else Handle(QueueInput.Stop);
    }

    public void Kill()
    {
        if (IsStopped) return;
        IsStopped = true;
        _cell.Stopped(this);
    }

    private void NotRecovered()
    {
        _world.RecoveryLedger.Failed(Node, _queue);
        Node.Pauses.Failed(_queue);
        Kill();
    }

    private void Recovered(JournalModel.Replay replay)
    {
        _world.RecoveryLedger.Succeeded(Node, _queue);
        Node.Pauses.Recovered(_queue);
        _isRecovering = false;
        foreach (var row in replay.Payloads) _lifecycle.Replay(row);
        if (_world.Breaks(BrokenRule.NewOwnerTrustsOffers)) _lifecycle.Replay(new NoRowsKept(Scheduler.Epoch));
        else if (!replay.HasRows) _lifecycle.Replay(new NoRowsKept(Node.Now - JournalModel.KeepFor + JournalModel.ClockMargin));
        if (_world.Breaks(BrokenRule.NewNumbersAfterRecovery))
        {
            foreach (var entry in _state.Entries.Where(entry => entry.IsInFlight).ToList())
                _state.Apply(new AttemptEnded(entry.Message, entry.Attempt, Node.Now, AttemptResult.NotAttempted, [], Node.Now));
        }

        _lastNumber = replay.Highest;
        Handle(QueueInput.Recovered(replay.Highest));
        foreach (var message in _stash) message();
        _stash.Clear();
    }

    private void Arrived(QueueCommand command) => Handle(QueueInput.Arrived(command));

    private void Handle(QueueInput input)
    {
        if (IsStopped) return;
        var outputs = new List<QueueOutput>();
        _lifecycle.Handle(input, Node.Now, outputs);
        foreach (var output in outputs) Do(output);
    }

    private void Do(QueueOutput output)
    {
        switch (output.Kind)
        {
            case QueueOutputKind.Write: Write(output.Number, output.Rows); break;
            case QueueOutputKind.Delete: Delete(_world.Breaks(BrokenRule.CheckpointDeleted) ? _lastNumber : output.Number); break;
            case QueueOutputKind.Run: Run(output.Decision!); break;
            case QueueOutputKind.Publish: break;
            case QueueOutputKind.SetTimer: SetTimer(output.Timer, output.After); break;
            case QueueOutputKind.Reoffer: _operations.Reoffer(); break;
            case QueueOutputKind.Passivate:
                _isPassivating = true;
                _cell.Passivate(this);
                break;
            case QueueOutputKind.StartAgain:
                if (!_world.Breaks(BrokenRule.PassivatedForGood)) _cell.Deliver(new Enqueue(_queue, []), this);
                break;
            case QueueOutputKind.Stop: Kill(); break;
            default: throw new InvalidOperationException($"unknown queue output {output.Kind}");
        }
    }

    // A slow row proves the owner only of an earlier time. Its jobs are sent after another row, unless there can be no other owner.
    private void Run(QueueDecision decision)
    {
        var isLate = decision.Events.Count > 0 && _world.Scheduler.Now - _writtenAt > LifecycleRows.DoubtAfter;
        if (isLate && !_world.Cluster.IsAlone && decision.Effects.OfType<QueueEffect.SendJobs>().FirstOrDefault() is { } sent)
            throw new PromiseBrokenException("doubt", $"{_queue} sends attempts long after it wrote a row", sent.Jobs[0].Message);
        _effects.Run(decision, _state);
    }

    private void Write(long first, IReadOnlyList<object> rows)
    {
        _writtenAt = _world.Scheduler.Now;
        SuspensionCheck.Check(Node, _queue, rows);
        var decision = _lifecycle.Awaiting;
        if (decision is not null) _effects.RunEarly(decision, rows, _state);
        else if (_world.Breaks(BrokenRule.DeletedBeforeCheckpoint)) Delete(first - 1);
        if (_world.Breaks(BrokenRule.RewriteReusesNumbers) && decision is not null && decision == _written) first = _lastFirst;
        (_written, _lastFirst, _lastNumber) = (decision, first, first + rows.Count - 1);
        rows = [.. rows.Select(_world.Row)];
        // A long checkpoint is written in several transactions. A replay skips a checkpoint left incomplete by a crash.
        if (decision is null) Write(first, rows, 0, 1);
        else Write(first, rows, 0, rows.Count);
    }

    private void Write(long first, IReadOnlyList<object> rows, int written, int count)
    {
        IReadOnlyList<object> now = [.. rows.Skip(written).Take(count)];
        _world.Storage.Call(
            Node, () => _world.Storage.Journal.Write(_queue, first + written, now, _owner), Alive<bool>(_ => Next()), Alive(Failed));

        void Next()
        {
            if (written + count < rows.Count) Write(first, rows, written + count, count);
            else Handle(QueueInput.RowsDurable);
        }

        void Failed()
        {
            _world.Trace?.Add($"{_queue} on {Node} cannot write, and stops");
            if (_world.Breaks(BrokenRule.FailedWriteIsTakenForDone)) Next();
            else Handle(QueueInput.RowsFailed);
        }
    }

    private void Delete(long upTo)
    {
        _world.Trace?.Add($"{_queue} on {Node} deletes its rows up to {upTo}");
        _world.Storage.Call(
            Node, () => _world.Storage.Journal.Delete(_queue, upTo), Alive<bool>(_ => Handle(QueueInput.RowsDeleted)),
            Alive(() => Handle(_world.Breaks(BrokenRule.DeletionNotRepeated) ? QueueInput.RowsDeleted : QueueInput.RowsKept)));
    }

    private void SetTimer(QueueTimer timer, TimeSpan after)
    {
        if (timer == QueueTimer.Batch && _world.Breaks(BrokenRule.PausedRoundForgotten)) return;
        var alarm = Node.Start(after, () => Handle(QueueInput.Due(timer)));
        if (timer != QueueTimer.Wake || !_world.Breaks(BrokenRule.LaterWakeTakenBack)) return;
        if (_wakeUp is not null) _wakeUp.IsOver = true;
        _wakeUp = alarm;
    }

    private Action Alive(Action action) => () => Alive<bool>(_ => action())(true);

    private Action<T> Alive<T>(Action<T> action) => result =>
    {
        if (!IsStopped) action(result);
    };
}
