namespace Postfleet.Delivery.Destinations.State;

/// <summary>The kinds of output of a <see cref="DestinationLifecycle"/>.</summary>
internal enum DestinationOutputKind
{
    /// <summary>Give the lifecycle <see cref="DestinationInput.Decide"/> after the messages in the mailbox now.</summary>
    DecideSoon,

    /// <summary>Carry out an effect of <see cref="DestinationState"/>.</summary>
    Run,

    /// <summary>The counts of the destination may have changed.</summary>
    Publish,

    /// <summary>Set a timer. A running timer of the same kind is replaced.</summary>
    SetTimer,

    /// <summary>Cancel a timer.</summary>
    CancelTimer,

    /// <summary>Ask the shard to stop this destination.</summary>
    Passivate,

    /// <summary>Give up opening connections, and end every attempt not past its final dot.</summary>
    CutOff,

    /// <summary>Report the drained destination to the node.</summary>
    Drained,

    /// <summary>Stop the entity, and close the remaining connections. No output follows.</summary>
    Stop,
}

/// <summary>One output of a <see cref="DestinationLifecycle"/>.</summary>
/// <param name="Kind">The kind.</param>
internal readonly record struct DestinationOutput(DestinationOutputKind Kind)
{
    /// <summary>The effect to carry out.</summary>
    public DestinationEffect? Effect { get; private init; }

    /// <summary>The timer to set or to cancel.</summary>
    public DestinationTimer Timer { get; private init; }

    /// <summary>The time from now until the timer fires; zero or more.</summary>
    public TimeSpan After { get; private init; }

    public static DestinationOutput Run(DestinationEffect effect) => new(DestinationOutputKind.Run) { Effect = effect };

    public static DestinationOutput SetTimer(DestinationTimer timer, TimeSpan after) =>
        new(DestinationOutputKind.SetTimer) { Timer = timer, After = after };

    public static DestinationOutput CancelTimer(DestinationTimer timer) => new(DestinationOutputKind.CancelTimer) { Timer = timer };
}
