using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Messages;

namespace Postfleet.QueueActors.HandOff;

/// <summary>The kinds of output of a <see cref="HandOffLifecycle"/>.</summary>
internal enum HandOffOutputKind
{
    /// <summary>Give the lifecycle another turn of new parts, after the messages now in the mailbox.</summary>
    TakeMore,

    /// <summary>Give the lifecycle the timer <see cref="HandOffTimer.Due"/>, after the messages now in the mailbox.</summary>
    SendSoon,

    /// <summary>Send an offer to its queue.</summary>
    Send,

    /// <summary>Set a timer. It replaces a running timer of the same kind.</summary>
    SetTimer,

    /// <summary>Let clients pass.</summary>
    OpenGate,

    /// <summary>Hold clients up for a moment.</summary>
    CloseGate,

    /// <summary>Log the backlog of the queues.</summary>
    LogBehind,

    /// <summary>The counts may have changed.</summary>
    Publish,

    /// <summary>Tell the waiting actors: all parts are acknowledged.</summary>
    ReportEmpty,

    /// <summary>Keep parts for the next hand-off of this process.</summary>
    Leave,
}

/// <summary>One output of a <see cref="HandOffLifecycle"/>.</summary>
/// <param name="Kind">The kind.</param>
internal readonly record struct HandOffOutput(HandOffOutputKind Kind)
{
    /// <summary>The offer to send.</summary>
    public Enqueue? Offer { get; private init; }

    /// <summary>The timer to set.</summary>
    public HandOffTimer Timer { get; private init; }

    /// <summary>The time from now until the timer fires; positive.</summary>
    public TimeSpan After { get; private init; }

    /// <summary>The parts to keep.</summary>
    public IReadOnlyList<PendingPart> Left { get; private init; } = [];

    public static HandOffOutput Send(Enqueue offer) => new(HandOffOutputKind.Send) { Offer = offer };

    public static HandOffOutput SetTimer(HandOffTimer timer, TimeSpan after) =>
        new(HandOffOutputKind.SetTimer) { Timer = timer, After = after };

    public static HandOffOutput Leave(IReadOnlyList<PendingPart> left) => new(HandOffOutputKind.Leave) { Left = left };
}
