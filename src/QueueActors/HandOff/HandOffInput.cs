using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Messages;

namespace Postfleet.QueueActors.HandOff;

/// <summary>The timers of a hand-off.</summary>
internal enum HandOffTimer
{
    /// <summary>A part is to be offered, or offered again.</summary>
    Due,

    /// <summary>The next check whether a queue node can be reached is due.</summary>
    Look,
}

/// <summary>The kinds of input of a <see cref="HandOffLifecycle"/>.</summary>
internal enum HandOffInputKind
{
    /// <summary>The hand-off starts.</summary>
    Started,

    /// <summary>The new parts of a turn were given to <see cref="HandOffLifecycle.Offer"/>.</summary>
    TurnEnded,

    /// <summary>A queue has accepted parts.</summary>
    Acknowledged,

    /// <summary>A timer has fired.</summary>
    Timer,

    /// <summary>The stopping node waits until all parts are acknowledged.</summary>
    EmptyAwaited,

    /// <summary>The hand-off stops.</summary>
    Stopping,
}

/// <summary>One input of a <see cref="HandOffLifecycle"/>.</summary>
/// <param name="Kind">The kind.</param>
internal readonly record struct HandOffInput(HandOffInputKind Kind)
{
    public static readonly HandOffInput EmptyAwaited = new(HandOffInputKind.EmptyAwaited);

    public static readonly HandOffInput Stopping = new(HandOffInputKind.Stopping);

    /// <summary>The remaining parts of the previous hand-off.</summary>
    public IReadOnlyList<PendingPart> Left { get; private init; } = [];

    /// <summary>The parts accepted by a queue.</summary>
    public Enqueued? Parts { get; private init; }

    /// <summary>The fired timer.</summary>
    public HandOffTimer Timer { get; private init; }

    /// <summary>Whether any queue node can be reached.</summary>
    public bool ReachesQueues { get; private init; }

    public static HandOffInput Started(IReadOnlyList<PendingPart> left) => new(HandOffInputKind.Started) { Left = left };

    public static HandOffInput TurnEnded(bool reachesQueues) => new(HandOffInputKind.TurnEnded) { ReachesQueues = reachesQueues };

    public static HandOffInput Acknowledged(Enqueued parts) => new(HandOffInputKind.Acknowledged) { Parts = parts };

    public static HandOffInput Due(HandOffTimer timer, bool reachesQueues) =>
        new(HandOffInputKind.Timer) { Timer = timer, ReachesQueues = reachesQueues };
}
