using Postfleet.Contracts.Persistence;
using Postfleet.QueueActors.Events;

namespace Postfleet.QueueActors.State;

/// <summary>
/// The lifecycle of a queue, from replay to termination: when the queue decides, writes, deletes, waits, passivates and stops.
/// <see cref="QueueMachine"/> decides the contents. Batches never overlap: commands received while rows are being written, and for a moment
/// afterwards (<see cref="BatchPacer"/>), are decided together as the next batch. No I/O, no clock, no actor. Driven by the queue actor and
/// by the simulation.
/// </summary>
/// <remarks>
/// <code>
/// replaying --Recovered--> deciding &lt;--> writing (commands collect)     deciding --many events--> writing a checkpoint --> deciding
///                              |                                        deciding --empty for a while--> emptying --> passivating
///                              +-- Stop (after writing) --> over        writing --RowsFailed--> over; the shard starts the queue again
/// </code>
/// </remarks>
internal sealed partial class QueueLifecycle(QueueState state, QueueMachine machine, QueueRules rules, LifecycleSettings settings)
{
    /// <summary>The pause before the spool is asked again to offer the mail of a damaged queue.</summary>
    public static readonly TimeSpan MendPause = TimeSpan.FromSeconds(5);

    private List<QueueCommand> _collected = [];
    private List<QueueOutput> _outputs = null!;
    private DateTimeOffset _now;
    private LifecycleRows _rows;
    private LifecycleTimers _timers;
    private DateTimeOffset? _settledBefore;
    private bool _isDamaged;
    private bool _isMended;
    private bool _isEmptying;
    private bool _isPassivating;
    private bool _isStopping;
    private bool _isOver;

    /// <summary>Whether a write is in progress.</summary>
    public bool IsWriting => _rows.IsWriting;

    /// <summary>
    /// The decision to run once the pending rows are durable; null if no write is in progress, or a checkpoint is being written.
    /// </summary>
    public QueueDecision? Awaiting => _rows.Awaiting;

    /// <summary>Applies a row of the journal, before <see cref="QueueInputKind.Recovered"/>.</summary>
    public void Replay(object row)
    {
        _rows.Replay(row);
        switch (row)
        {
            case QueueEventBatch batch: foreach (var e in batch.Events) state.Apply(e); break;
            case CheckpointPiece piece: state.Apply(piece); break;
            // The queue continues without the content of the row.
            case UnreadableRow: _isDamaged = true; break;
            case NoRowsKept nothing: _settledBefore = nothing.SettledBefore; break;
        }
    }

    /// <summary>Handles an input and adds the required actions, in order.</summary>
    /// <param name="input">The input.</param>
    /// <param name="now">The current time.</param>
    /// <param name="outputs">The list to add actions to. It belongs to the caller; a sleeping queue holds no list.</param>
    public void Handle(QueueInput input, DateTimeOffset now, List<QueueOutput> outputs)
    {
        if (_isOver) return;
        (_now, _outputs) = (now, outputs);
        switch (input.Kind)
        {
            case QueueInputKind.Recovered: Begin(input.Number); break;
            case QueueInputKind.Command: Collect(input.Command!); break;
            case QueueInputKind.RowsDurable: RowsAreDurable(); break;
            // The state may contain events without durable rows: only a replay restores the true state.
            case QueueInputKind.RowsFailed: End(); break;
            case QueueInputKind.RowsDeleted: if (_rows.Deleted(true) && _isEmptying) Passivate(); break;
            case QueueInputKind.RowsKept: _rows.Deleted(false); _timers.Rest(machine, settings, now, outputs, isIdleAnew: true); break;
            case QueueInputKind.Timer when input.Timer == QueueTimer.Batch: _timers.BatchFired(); DecideInTime(); break;
            case QueueInputKind.Timer when input.Timer == QueueTimer.Wake: Wake(); break;
            case QueueInputKind.Timer when input.Timer == QueueTimer.Idle:
                if (_timers.IdleFired(settings, now, outputs)) Passivate(); break;
            case QueueInputKind.Timer: outputs.Add(new QueueOutput(QueueOutputKind.Reoffer)); break;
            case QueueInputKind.Reoffered: Mended(); break;
            case QueueInputKind.ReofferFailed: outputs.Add(QueueOutput.SetTimer(QueueTimer.Mend, MendPause)); break;
            case QueueInputKind.Stop: Stop(); break;
            default: throw new InvalidOperationException($"unknown queue input {input.Kind}");
        }

        _outputs = null!;
    }

    private void Begin(long highest)
    {
        _rows.LastNumber = highest;
        if (_isDamaged)
        {
            state.ClearMarks();
            state.DropOrphanReports();
            _outputs.Add(new QueueOutput(QueueOutputKind.Reoffer));
        }

        Commit(machine.Start(_now, highest == 0 ? null : _settledBefore ?? _now));
    }

    private void Collect(QueueCommand command)
    {
        _collected.Add(command);
        _isEmptying = false;
        // A resolved route writes no row, and the first message waits for it.
        if (command is QueueCommand.RouteResolved && !IsWriting && !_isStopping) Decide();
        else DecideInTime();
    }

    private void DecideInTime()
    {
        if (IsWriting || _isStopping || _collected.Count == 0) return;
        if (_timers.MayBegin(_collected.Count, settings, _now, _outputs)) Decide();
    }

    private void Decide()
    {
        var decision = machine.Decide(_collected, _now);
        // A busy queue reuses the list. A queue at rest may sleep for hours and keeps none.
        if (machine.IsResting) _collected = [];
        else _collected.Clear();
        Commit(decision);
    }

    private void Commit(QueueDecision decision)
    {
        if (decision.Events.Count == 0)
        {
            Run(decision);
            return;
        }

        _timers.BeginBatch(decision.Events.Count, settings, _now);
        _rows.Write(decision.Events, decision, settings, rules.Owner, _now, _outputs);
    }

    private void Run(QueueDecision decision)
    {
        _outputs.Add(QueueOutput.Run(decision));
        AfterBatch();
    }

    private void RowsAreDurable()
    {
        var decision = _rows.Written();
        if (decision is null)
        {
            state.MarkCompacted();
            _rows.DeleteBeforeCheckpoint(_outputs);
            AfterBatch();
        }
        else if (!rules.IsAlone && _rows.IsDoubtful(_now) && decision.Effects.Exists(effect => effect is QueueEffect.SendJobs))
        {
            // The durable rows prove the ownership of the queue at the time of the write. Before the attempts are sent late, another write
            // must prove it again: after a move, a destination does not know which attempts were made.
            var again = new OwnershipTaken(rules.Node, _now);
            state.Apply(again);
            _rows.Write([again], decision, settings, rules.Owner, _now, _outputs);
        }
        else
        {
            Run(decision);
        }
    }

    private void AfterBatch()
    {
        if (_isStopping)
        {
            End();
            return;
        }

        _outputs.Add(new QueueOutput(QueueOutputKind.Publish));
        var hasMany = state.EventsSinceCompaction > Math.Max(settings.MinEventsToCompact, state.Entries.Count);
        // A damaged row remains as a reminder until the spool has offered the mail again.
        if (_isMended || (hasMany && !_isDamaged)) Compact();
        else DecideInTime();
        Rest();
    }

    private void Rest()
    {
        if (!IsWriting && _collected.Count == 0) _timers.Rest(machine, settings, _now, _outputs);
    }

    private void Compact()
    {
        _isMended = false;
        var pieces = Checkpoints.Write(state, settings.MaxItemsPerPiece);
        if (pieces.Count > 0) _rows.Write(pieces, rules.Owner, _now, _outputs);
        else DeleteAll();
        DecideInTime();
    }

    private void DeleteAll()
    {
        state.MarkCompacted();
        _rows.DeleteAll(_outputs);
    }

    // Mail of a lost MessageEnqueued is in the spool, marked as owned by this queue; offered again, it is new here. Mail whose final event
    // was lost is gone from the spool, as its next attempt finds out. After that the damaged row is no longer needed.
    private void Mended()
    {
        (_isDamaged, _isMended) = (false, true);
        if (!IsWriting && !_isStopping) AfterBatch();
    }

    private void Wake()
    {
        _timers.WakeFired();
        // The work for which the timer was set is often done already.
        if (machine.NextWake(_now) <= _now) Collect(new QueueCommand.Tick());
        else Rest();
    }

    private void Passivate()
    {
        if (IsWriting || _isDamaged || _collected.Count > 0 || !machine.IsIdle) return;
        // An empty queue leaves only its last number in the journal. The queue waits for the deletion, since nobody else would repeat it.
        _isEmptying = _rows.HasAny || _rows.IsDeleting;
        if (_rows.HasAny) DeleteAll();
        if (_isEmptying) return;

        _isPassivating = true;
        _outputs.Add(new QueueOutput(QueueOutputKind.Passivate));
    }

    private void Stop()
    {
        // Mail arrived while the shard handled the passivation. It may even have left again, and its rows are still in the journal. The
        // shard forgets a passivating queue, so it is asked to start this queue again at once.
        var isWanted = IsWriting || _rows.HasAny || _collected.Count > 0 || !machine.IsIdle;
        if (_isPassivating && isWanted) _outputs.Add(new QueueOutput(QueueOutputKind.StartAgain));
        // Commands waiting for their batch may be outcomes of attempts. Attempts with unrecorded outcomes would be repeated.
        if (!IsWriting && _collected.Count > 0) Decide();
        _isStopping = true;
        if (!IsWriting) End();
    }

    private void End()
    {
        _isOver = true;
        _outputs.Add(new QueueOutput(QueueOutputKind.Stop));
    }
}
