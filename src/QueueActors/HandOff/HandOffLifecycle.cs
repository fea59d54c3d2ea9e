using Postfleet.Core.Queueing;

namespace Postfleet.QueueActors.HandOff;

/// <summary>
/// The lifecycle of a node's hand-off: its turns, timers and gate, its pause while no queue node can be reached, and the parts for the next
/// hand-off of the same process. <see cref="HandOffState"/> decides which part is offered when. No I/O, no clock, no actor:
/// <see cref="HandOffActor"/> and the simulation drive it.
/// </summary>
/// <remarks>
/// The gate (<see cref="HandOffGate"/>) closes when more than half of the window is on its way to queues for the first time, and opens when
/// a quarter less is. It is open while no queue node can be reached: the outage may be long, and mail is accepted meanwhile.
/// </remarks>
/// <param name="state">The parts.</param>
internal sealed class HandOffLifecycle(HandOffState state)
{
    /// <summary>The maximum number of unacknowledged parts in a node's memory.</summary>
    public const int Window = 10_000;

    /// <summary>The age at which a part is left to the sweeper, which sees it by then.</summary>
    public static readonly TimeSpan GiveUpAfter = TimeSpan.FromMinutes(2);

    // Bounded: acknowledgements get their turn however fast parts arrive, and free the window.
    private const int MaxPartsPerTurn = 2_000;

    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LogInterval = TimeSpan.FromMinutes(1);

    private int _partsOfTurn;
    private long _wakeAt = long.MaxValue;
    private DateTimeOffset? _loggedAt;
    private bool _isLookSet;
    private bool _isGateClosed;
    private bool _isEmptyAwaited;

    /// <summary>Whether this turn can accept another part.</summary>
    public bool AcceptsMore => _partsOfTurn < MaxPartsPerTurn;

    private int GateLimit => _isGateClosed ? state.Window / 2 * 3 / 4 : state.Window / 2;

    /// <summary>Accepts a new part, while <see cref="AcceptsMore"/>. <see cref="HandOffInput.TurnEnded"/> follows the last part.</summary>
    public void Offer(PendingPart part, DateTimeOffset now)
    {
        _partsOfTurn++;
        state.Offer(part, now, isRepeat: part.IsMoved);
    }

    /// <summary>Accepts an input, and adds the resulting actions in order.</summary>
    /// <param name="input">The input.</param>
    /// <param name="now">The time of a monotonic clock.</param>
    /// <param name="outputs">The caller's list.</param>
    public void Handle(in HandOffInput input, DateTimeOffset now, List<HandOffOutput> outputs)
    {
        switch (input.Kind)
        {
            case HandOffInputKind.Started: Start(input.Left, now, outputs); break;
            case HandOffInputKind.TurnEnded:
                if (!AcceptsMore) outputs.Add(new HandOffOutput(HandOffOutputKind.TakeMore));
                _partsOfTurn = 0;
                Send(input.ReachesQueues, now, outputs);
                break;
            case HandOffInputKind.Timer:
                if (input.Timer == HandOffTimer.Look) _isLookSet = false;
                _wakeAt = long.MaxValue;
                Send(input.ReachesQueues, now, outputs);
                break;
            case HandOffInputKind.Acknowledged:
                state.Acknowledge(input.Parts!, now);
                SetGate(_isGateClosed, now, outputs);
                ReportIfEmpty(outputs);
                break;
            case HandOffInputKind.EmptyAwaited:
                _isEmptyAwaited = true;
                ReportIfEmpty(outputs);
                break;
            case HandOffInputKind.Stopping:
                outputs.Add(new HandOffOutput(HandOffOutputKind.OpenGate));
                outputs.Add(HandOffOutput.Leave(state.Pending()));
                break;
            default: throw new InvalidOperationException($"unknown hand-off input {input.Kind}");
        }
    }

    private void Start(IReadOnlyList<PendingPart> left, DateTimeOffset now, List<HandOffOutput> outputs)
    {
        // A failed hand-off may have left the gate closed.
        outputs.Add(new HandOffOutput(HandOffOutputKind.OpenGate));
        foreach (var part in left) state.Offer(part, now, isRepeat: true);
        if (state.Count > 0) outputs.Add(new HandOffOutput(HandOffOutputKind.SendSoon));
    }

    // Without a queue node, offers and their repeats would pile up in the region and overload the first queue node to return.
    private void Send(bool reachesQueues, DateTimeOffset now, List<HandOffOutput> outputs)
    {
        if (!reachesQueues)
        {
            SetGate(false, now, outputs);
            if (_isLookSet) return;
            _isLookSet = true;
            outputs.Add(HandOffOutput.SetTimer(HandOffTimer.Look, LookInterval));
            return;
        }

        foreach (var offer in state.TakeDue(now)) outputs.Add(HandOffOutput.Send(offer));
        SetTimer(now, outputs);
        SetGate(true, now, outputs);
        outputs.Add(new HandOffOutput(HandOffOutputKind.Publish));
    }

    // A part sent just now may be due before a part with a long wait: the timer is set for the earliest.
    private void SetTimer(DateTimeOffset now, List<HandOffOutput> outputs)
    {
        if (state.NextDue is not { } due || due >= _wakeAt) return;
        _wakeAt = due;
        var pause = TimeSpan.FromTicks(Math.Max(TimeSpan.TicksPerMillisecond, due - now.UtcTicks));
        outputs.Add(HandOffOutput.SetTimer(HandOffTimer.Due, pause));
    }

    private void SetGate(bool mayClose, DateTimeOffset now, List<HandOffOutput> outputs)
    {
        var isClosed = mayClose && state.Fresh > GateLimit;
        if (isClosed == _isGateClosed) return;
        _isGateClosed = isClosed;
        outputs.Add(new HandOffOutput(isClosed ? HandOffOutputKind.CloseGate : HandOffOutputKind.OpenGate));
        if (!isClosed || now - _loggedAt < LogInterval) return;
        _loggedAt = now;
        outputs.Add(new HandOffOutput(HandOffOutputKind.LogBehind));
    }

    private void ReportIfEmpty(List<HandOffOutput> outputs)
    {
        if (!_isEmptyAwaited || state.Count > 0) return;
        _isEmptyAwaited = false;
        outputs.Add(new HandOffOutput(HandOffOutputKind.ReportEmpty));
    }
}
