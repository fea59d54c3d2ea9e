using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.Persistence;
using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Persistence;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Common;
using Postfleet.QueueActors.Messages;
using Postfleet.QueueActors.State;

namespace Postfleet.QueueActors.Entity;

/// <summary>
/// The persistent actor of a queue, started by the shard region. It owns the journal stream of the queue and executes the decisions of
/// <see cref="QueueLifecycle"/>: recovers, persists, sends, sets timers. Runs on the actor's thread.
/// </summary>
internal sealed class DomainQueue : UntypedPersistentActor
{
    private const int RowsPerWrite = 100;

    // Per thread, which handles a single message at a time: a list per queue would waste memory in sleeping queues.
    [ThreadStatic]
    private static List<QueueOutput>? _outputs;

    private readonly QueueKey _queue;
    private readonly QueueServices _services;
    private readonly QueueState _state;
    private readonly QueueMachine _machine;
    private readonly QueueLifecycle _lifecycle;
    private readonly EffectRunner _effects;
    private readonly CancellationTokenSource _stopped = new();
    private Func<QueueKey, QueueRules> _rules;
    private int _rowsLeft;

    public DomainQueue(QueueKey queue, QueueServices services)
    {
        (_queue, _services) = (queue, services);
        _rules = services.Rules.Value;
        var rules = _rules(queue);
        _state = new QueueState(services.Replies, rules.KeepsOutcomes);
        _machine = new QueueMachine(
            _state, rules, services.Suspensions is { } suspensions ? destination => suspensions.Find(queue, destination) : null);
        _lifecycle = new QueueLifecycle(_state, _machine, rules, services.Lifecycle);
        _effects = new EffectRunner(new QueueOperations(queue, services, _stopped.Token), Context);
        PersistenceId = QueueIds.PersistenceId(queue);
        // Checkpoints are rows of the journal, so recovery reads no snapshot store.
        SnapshotPluginId = "akka.persistence.no-snapshot-store";
    }

    public override string PersistenceId { get; }
    public override Recovery Recovery => new(SnapshotSelectionCriteria.None);

    protected override void OnRecover(object message)
    {
        _lifecycle.Replay(message);
        if (message is UnreadableRow row) _services.Logger.LogUnreadableRow(_queue, LastSequenceNr, row);
        if (message is not RecoveryCompleted) return;
        _services.Pauses.Recovered(_queue);
        if (_state.Entries.Count > 0) _services.Logger.Recovered(_queue, _state.Entries.Count, _state.InFlight);
        if (_lifecycle.FormerOwner is { } former) _services.Takeovers.Add(_queue, LastSequenceNr, former);
        Handle(QueueInput.Recovered(LastSequenceNr));
    }

    protected override void OnCommand(object message)
    {
        switch (message)
        {
            case Enqueue e: Handle(QueueInput.Arrived(new QueueCommand.Offer(e, Sender))); break;
            case Outcomes o: Handle(QueueInput.Arrived(new QueueCommand.Ended(o, Sender))); break;
            case CreditGranted g: Handle(QueueInput.Arrived(new QueueCommand.Credit(g, Sender))); break;
            case SiteUnavailable s: Handle(QueueInput.Arrived(new QueueCommand.SiteDown(s))); break;
            case ApplyAction a: Handle(QueueInput.Arrived(new QueueCommand.Act(a, Sender))); break;
            case DescribeQueue d: Sender.Tell(_machine.Describe(d, _services.Time.GetUtcNow())); break;
            case WithdrawAction w: Handle(QueueInput.Arrived(new QueueCommand.Withdraw(w))); break;
            case SuspensionChanged: Handle(QueueInput.Arrived(new QueueCommand.SuspensionChanged())); break;
            case Completed c: Handle(QueueInput.Arrived(c.Command)); break;
            case Terminated t when _effects.IsGone(t.ActorRef): Handle(QueueInput.Arrived(new QueueCommand.DestinationLost())); break;
            case Reoffered r: Handle(QueueInput.Reoffered(r.IsDone)); break;
            case TimerDue t: Handle(QueueInput.Due(t.Timer)); break;
            case DeleteMessagesSuccess: Handle(QueueInput.RowsDeleted); break;
            case DeleteMessagesFailure f: _services.Logger.CompactionFailed(f.Cause, _queue); Handle(QueueInput.RowsKept); break;
            case StopQueue: Handle(QueueInput.Stop); break;
        }
    }

    protected override void OnPersistFailure(Exception cause, object @event, long sequenceNr)
    {
        _services.Logger.JournalFailed(cause, _queue);
        base.OnPersistFailure(cause, @event, sequenceNr);
        Handle(QueueInput.RowsFailed);
    }

    protected override void OnPersistRejected(Exception cause, object @event, long sequenceNr)
    {
        _services.Logger.JournalFailed(cause, _queue);
        Handle(QueueInput.RowsFailed);
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

    private void Handle(QueueInput input)
    {
        if (!ReferenceEquals(_rules, _services.Rules.Value))
        {
            // The routes may have changed, too.
            _rules = _services.Rules.Value;
            _machine.Use(_rules(_queue));
        }

        var outputs = _outputs ??= [];
        try
        {
            _lifecycle.Handle(input, _services.Time.GetUtcNow(), outputs);
            foreach (var output in outputs) Do(output);
        }
        finally
        {
            outputs.Clear();
        }
    }

    private void Do(in QueueOutput output)
    {
        switch (output.Kind)
        {
            case QueueOutputKind.Write: Write(output.Rows); break;
            case QueueOutputKind.Delete: DeleteMessages(output.Number); break;
            case QueueOutputKind.Run:
                foreach (var e in output.Decision!.Events) QueueMetrics.Happened(_queue, e, _state.Unsettled, _services.Classifier);
                _effects.Run(output.Decision);
                break;
            case QueueOutputKind.Publish: _services.Stats.Publish(_queue, QueueCounting.Count(_state, _machine, _services)); break;
            case QueueOutputKind.SetTimer: QueueTimers.Set(Context, _services.Time, output.Timer, output.After); break;
            case QueueOutputKind.Reoffer: _effects.Reoffer(); break;
            case QueueOutputKind.Passivate: Context.Parent.Tell(new Passivate(StopQueue.Instance)); break;
            // An empty offer: the shard buffers it until the queue has stopped, and then starts the queue again.
            case QueueOutputKind.StartAgain: Context.Parent.Tell(new Enqueue(_queue, [])); break;
            case QueueOutputKind.Stop: Context.Stop(Self); break;
        }
    }

    // A chunk of rows is written atomically; after the callback of the last row all rows are durable.
    private void Write(IReadOnlyList<object> rows)
    {
        _rowsLeft = rows.Count;
        Action<object> written = _ => { if (--_rowsLeft == 0) Handle(QueueInput.RowsDurable); };
        if (rows.Count <= RowsPerWrite) PersistAllAsync(rows, written);
        else foreach (var write in rows.Chunk(RowsPerWrite)) PersistAllAsync(write, written);
    }
}
