using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Destinations.State;

/// <summary>
/// The life of one destination entity: when inputs are decided, when it wakes up, drains, is cut off, passivates and stops, and which
/// outcomes it reports after a cut-off. <see cref="DestinationState"/> decides about credit, jobs and connections. No I/O, no clock, no
/// actor: <see cref="DestinationActor"/> and the simulation drive it.
/// </summary>
/// <remarks>
/// <code>
/// serving  --idle for a while--> passivating (still serving) --Stop--> leaving
/// serving  --Drain (the node stops)--> draining: accepts no job, ends running jobs, closes its connections --Stop--> leaving
/// serving  --Stop (its shard moves)--> leaving: draining, with a grace --drained--> stopped
/// draining or leaving --grace over--> cut off: attempts before their final dot are given up
/// cut off  --drained, or the time for last replies is over--> stopped, with any connection left
/// </code>
/// </remarks>
internal sealed class DestinationLifecycle(DestinationState state, DestinationTimes times)
{
    private DateTimeOffset? _wakeAt;
    private bool _isDecisionDue;
    private bool _isIdleTimerSet;
    private bool _isDraining;
    private bool _isDrainedReported;
    private bool _isLeaving;
    private bool _isCutOff;
    private bool _isOver;
    private int _cutOffJobs;

    // Nobody acknowledges the jobs cut off, since they are not reported.
    private bool IsDrained =>
        state.IsDrained || (_isCutOff && state.Connections == 0 && state.Unacknowledged == _cutOffJobs);

    /// <summary>Accepts an input, and adds the resulting outputs, in order.</summary>
    /// <param name="input">The input.</param>
    /// <param name="now">The time.</param>
    /// <param name="outputs">The caller's list, so a destination holds none.</param>
    public void Handle(in DestinationInput input, DateTimeOffset now, List<DestinationOutput> outputs)
    {
        if (_isOver) return;
        switch (input.Kind)
        {
            case DestinationInputKind.Message: Accept(input, now); break;
            case DestinationInputKind.Connection: Accept(input.Event!, now); break;
            case DestinationInputKind.Units: state.Answered(input.Day!, input.Answer, now); break;
            case DestinationInputKind.Rules: state.Use(input.Rules!); break;
            case DestinationInputKind.Restored: state.Restore(input.Learned!, now); break;
            case DestinationInputKind.Drain: BeginDraining(); break;
            case DestinationInputKind.Stop: Leave(outputs); break;
            case DestinationInputKind.CutOff: CutOff(outputs); break;
            case DestinationInputKind.Decide: Decide(now, outputs); return;
            case DestinationInputKind.Timer when input.Timer == DestinationTimer.Wake: _wakeAt = null; break;
            case DestinationInputKind.Timer when input.Timer == DestinationTimer.GraceOver: CutOff(outputs); break;
            case DestinationInputKind.Timer when input.Timer == DestinationTimer.ReplyGrace: Stop(outputs); return;
            case DestinationInputKind.Timer: Passivate(outputs); return;
            default: throw new InvalidOperationException($"unknown destination input {input.Kind}");
        }

        // Inputs in the mailbox at the same time are decided together: queues get fewer and larger messages.
        if (_isDecisionDue) return;
        _isDecisionDue = true;
        outputs.Add(new DestinationOutput(DestinationOutputKind.DecideSoon));
    }

    private void Accept(in DestinationInput input, DateTimeOffset now)
    {
        switch (input.Message)
        {
            case RequestCredit m: state.Ask(m, now); break;
            case Deliver m: state.Accept(m, now, input.Mark, input.IsRecovering); break;
            case ReturnJobs m: state.Return(m); break;
            case OutcomesAcknowledged m: state.Acknowledge(m, now); break;
            default: throw new InvalidOperationException($"unknown destination message {input.Message?.GetType().Name}");
        }
    }

    private void Accept(ConnectionEvent reported, DateTimeOffset now)
    {
        switch (reported)
        {
            case ConnectionEvent.Opened e: state.Opened(e.Id, now); break;
            case ConnectionEvent.Failed e: state.NotOpened(e.Id, e.Reply, now, e.Match); break;
            case ConnectionEvent.Closed e: state.Closed(e.Id, now); break;
            case ConnectionEvent.Ended e:
                if (_isCutOff && e.Outcome is { Result: AttemptResult.NotAttempted }) _cutOffJobs++;
                state.Ended(e, now);
                break;
            default: throw new InvalidOperationException($"unknown connection event {reported.GetType().Name}");
        }
    }

    private void Decide(DateTimeOffset now, List<DestinationOutput> outputs)
    {
        _isDecisionDue = false;
        foreach (var effect in state.Decide(now))
        {
            if (!_isCutOff || effect is not DestinationEffect.Report report) outputs.Add(DestinationOutput.Run(effect));
            else if (WithoutCutOff(report) is { } rest) outputs.Add(DestinationOutput.Run(rest));
        }

        outputs.Add(new DestinationOutput(DestinationOutputKind.Publish));
        SetTimers(now, outputs);
        if (!_isDraining || !IsDrained) return;
        if (!_isDrainedReported) outputs.Add(new DestinationOutput(DestinationOutputKind.Drained));
        _isDrainedReported = true;
        if (_isLeaving) Stop(outputs);
    }

    // A cut-off job is not reported: its queue sends it again under the same number when this entity is seen to be gone. A report
    // arriving later would end the attempt of the next owner, and start a second attempt beside it.
    private static DestinationEffect.Report? WithoutCutOff(DestinationEffect.Report report)
    {
        JobOutcome[] jobs = [.. report.Jobs.Where(job => job.Result != AttemptResult.NotAttempted)];
        return jobs.Length == 0 ? null : new DestinationEffect.Report(report.Queue, jobs);
    }

    private void BeginDraining()
    {
        if (_isDraining) return;
        _isDraining = true;
        state.Stop();
    }

    private void Leave(List<DestinationOutput> outputs)
    {
        if (_isLeaving) return;
        BeginDraining();
        _isLeaving = true;
        outputs.Add(DestinationOutput.SetTimer(DestinationTimer.GraceOver, times.MoveGrace));
    }

    // Ends the attempts before their final dot while this entity still has its place. Attempts past it may still get their reply.
    private void CutOff(List<DestinationOutput> outputs)
    {
        if (_isCutOff) return;
        _isCutOff = true;
        _isLeaving = true;
        BeginDraining();
        outputs.Add(new DestinationOutput(DestinationOutputKind.CutOff));
        outputs.Add(DestinationOutput.SetTimer(DestinationTimer.ReplyGrace, times.ReplyGrace));
    }

    // Mail may come before the shard's answer: the destination serves it, and ends it in its grace.
    private void Passivate(List<DestinationOutput> outputs)
    {
        _isIdleTimerSet = false;
        if (!_isDraining) outputs.Add(new DestinationOutput(DestinationOutputKind.Passivate));
    }

    private void SetTimers(DateTimeOffset now, List<DestinationOutput> outputs)
    {
        if (state.NextWake(now) is { } wake && !(_wakeAt <= wake))
        {
            _wakeAt = wake;
            outputs.Add(DestinationOutput.SetTimer(DestinationTimer.Wake, wake > now ? wake - now : TimeSpan.Zero));
        }

        var isIdle = state.IsIdle(now);
        if (isIdle == _isIdleTimerSet) return;
        _isIdleTimerSet = isIdle;
        outputs.Add(isIdle ? DestinationOutput.SetTimer(DestinationTimer.Idle, times.Idle)
            : DestinationOutput.CancelTimer(DestinationTimer.Idle));
    }

    private void Stop(List<DestinationOutput> outputs)
    {
        _isOver = true;
        outputs.Add(new DestinationOutput(DestinationOutputKind.Stop));
    }
}
