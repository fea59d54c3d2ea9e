using Akka.Actor;
using Akka.Event;
using Microsoft.Extensions.Logging;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Common;
using Postfleet.QueueActors.Messages;
using Postfleet.Spool.Common;

namespace Postfleet.QueueActors.HandOff;

/// <summary>
/// Finds accepted but unclaimed parts (of a dead frontend, or beyond a frontend's window), and offers them to their queues. Drives
/// <see cref="SweeperState"/>. A cluster singleton.
/// </summary>
/// <remarks>
/// <code>waiting --timer--> reading --page--> offering --acknowledged, or time over--> reading --last page--> waiting</code>
/// </remarks>
internal sealed class HandOffSweeper : UntypedActor, IWithTimers
{
    /// <summary>The pause before the first sweep. The regions start meanwhile.</summary>
    public static readonly TimeSpan FirstSweep = TimeSpan.FromSeconds(1);

    private readonly IPartLedger _ledger;
    private readonly Func<IActorRef> _queues;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Props? _watch;
    private readonly SweeperState _state;
    private readonly CancellationTokenSource _stopped = new();

    /// <param name="ledger">Lists the parts without an owning queue.</param>
    /// <param name="queues">The region of queues.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    /// <param name="watch">A child actor, which sends <see cref="FrontendGone"/>; null where there is no cluster.</param>
    public HandOffSweeper(IPartLedger ledger, Func<IActorRef> queues, TimeProvider time, ILogger logger, Props? watch = null)
    {
        (_ledger, _queues, _time, _logger, _watch) = (ledger, queues, time, logger, watch);
        _state = new SweeperState(time.GetUtcNow());
    }

    public ITimerScheduler Timers { get; set; } = null!;

    protected override void PreStart()
    {
        if (_watch is not null) Context.ActorOf(_watch, "frontends");
        Timers.StartSingleTimer(Sweep.Instance, Sweep.Instance, FirstSweep);
    }

    protected override void PostStop()
    {
        _stopped.Cancel();
        _stopped.Dispose();
    }

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Sweep: Run(_state.Begin(_time.GetUtcNow())); break;
            case Page page: Run(_state.PageRead(page.Parts)); break;
            case Enqueued acknowledged: Run(_state.Acknowledge(acknowledged)); break;
            case PageOver: Run(_state.PageOver()); break;
            case ReadFailed failure: Fail(failure.Cause); break;
            case FrontendGone: Hurry(); break;
            default: Unhandled(message); break;
        }
    }

    private void Run(SweepStep step)
    {
        switch (step)
        {
            case SweepStep.Read read:
                Timers.Cancel(PageOver.Instance);
                ReadAsync(read).PipeTo(Self, failure: cause => new ReadFailed(cause));
                break;
            case SweepStep.Offer offer:
                foreach (var enqueue in offer.Messages) _queues().Tell(enqueue, Self);
                Timers.StartSingleTimer(PageOver.Instance, PageOver.Instance, SweeperState.PageTime);
                break;
            case SweepStep.Pause pause:
                Timers.Cancel(PageOver.Instance);
                Timers.StartSingleTimer(Sweep.Instance, Sweep.Instance, pause.Time);
                Report();
                break;
        }
    }

    private void Hurry()
    {
        if (_state.FrontendGone(_time.GetUtcNow()) is SweepStep.Pause pause)
            Timers.StartSingleTimer(Sweep.Instance, Sweep.Instance, pause.Time);
    }

    private async Task<Page> ReadAsync(SweepStep.Read read) =>
        new(await _ledger.FindUnclaimedAsync(read.AcceptedBefore, read.After, SweeperState.PageSize, _stopped.Token));

    private void Fail(Exception cause)
    {
        _logger.SweepFailed(cause);
        Run(_state.ReadFailed());
    }

    private void Report()
    {
        if (_state.Offered + _state.PassedOver == 0) return;
        QueueMetrics.Offered(_state.Offered);
        _logger.Swept(_state.Offered, _state.PassedOver);
    }

    /// <summary>A frontend has left the cluster.</summary>
    internal sealed class FrontendGone : INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        public static readonly FrontendGone Instance = new();
    }

    private sealed record Page(IReadOnlyList<PendingPart> Parts) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

    private sealed record ReadFailed(Exception Cause) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

    private sealed class Sweep : INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        public static readonly Sweep Instance = new();
    }

    private sealed class PageOver : INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        public static readonly PageOver Instance = new();
    }
}
