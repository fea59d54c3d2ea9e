using Postfleet.Contracts.Budgets;
using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Destinations.State;

/// <summary>The timers of a destination.</summary>
internal enum DestinationTimer
{
    /// <summary><see cref="DestinationState.NextWake"/> has come.</summary>
    Wake,

    /// <summary>The destination has been idle for long enough to passivate.</summary>
    Idle,

    /// <summary>The grace of a move is over.</summary>
    GraceOver,

    /// <summary>The time for the last replies after a cut-off is over.</summary>
    ReplyGrace,
}

/// <summary>The kinds of input of a <see cref="DestinationLifecycle"/>.</summary>
internal enum DestinationInputKind
{
    /// <summary>A message of a queue has arrived.</summary>
    Message,

    /// <summary>A connection has reported an event.</summary>
    Connection,

    /// <summary>The inputs since <see cref="DestinationOutputKind.DecideSoon"/> are to be decided together.</summary>
    Decide,

    /// <summary>A timer has fired.</summary>
    Timer,

    /// <summary>The storage has answered about units of the daily limit.</summary>
    Units,

    /// <summary>The limits have changed.</summary>
    Rules,

    /// <summary>What an earlier owner of the destination has learned was read.</summary>
    Restored,

    /// <summary>The node stops: no more jobs are accepted, and running jobs end.</summary>
    Drain,

    /// <summary>The shard moves, or has answered a passivation: the destination is to stop.</summary>
    Stop,

    /// <summary>The node's grace is over: running attempts are cut off.</summary>
    CutOff,
}

/// <summary>One input of a <see cref="DestinationLifecycle"/>.</summary>
/// <param name="Kind">The kind.</param>
internal readonly record struct DestinationInput(DestinationInputKind Kind)
{
    /// <summary>Decides the accepted inputs.</summary>
    public static readonly DestinationInput Decide = new(DestinationInputKind.Decide);

    /// <summary>The node stops.</summary>
    public static readonly DestinationInput Drain = new(DestinationInputKind.Drain);

    /// <summary>The entity is to stop.</summary>
    public static readonly DestinationInput Stop = new(DestinationInputKind.Stop);

    /// <summary>The node's grace is over.</summary>
    public static readonly DestinationInput CutOff = new(DestinationInputKind.CutOff);

    /// <summary>The message of a queue.</summary>
    public IDestinationMessage? Message { get; private init; }

    /// <summary>The stall detector's mark when jobs came.</summary>
    public long Mark { get; private init; }

    /// <summary>Whether the process stalled a moment ago, so another node may own this destination now.</summary>
    public bool IsRecovering { get; private init; }

    /// <summary>The event of a connection.</summary>
    public ConnectionEvent? Event { get; private init; }

    /// <summary>The fired timer.</summary>
    public DestinationTimer Timer { get; private init; }

    /// <summary>The daily limit of the answer.</summary>
    public DailyCap? Day { get; private init; }

    /// <summary>The answer; null if the storage is away.</summary>
    public BudgetAnswer? Answer { get; private init; }

    /// <summary>The new limits.</summary>
    public DestinationRules? Rules { get; private init; }

    /// <summary>The rows of what an earlier owner has learned.</summary>
    public IReadOnlyList<SiteState>? Learned { get; private init; }

    /// <summary>The rows of what an earlier owner of the destination has learned.</summary>
    public static DestinationInput Restored(IReadOnlyList<SiteState> rows) => new(DestinationInputKind.Restored) { Learned = rows };

    /// <summary>A queue's message.</summary>
    public static DestinationInput Received(IDestinationMessage message, long mark = 0, bool isRecovering = false) =>
        new(DestinationInputKind.Message) { Message = message, Mark = mark, IsRecovering = isRecovering };

    /// <summary>A connection's event.</summary>
    public static DestinationInput Reported(ConnectionEvent reported) => new(DestinationInputKind.Connection) { Event = reported };

    /// <summary>Other limits.</summary>
    public static DestinationInput Changed(DestinationRules rules) => new(DestinationInputKind.Rules) { Rules = rules };

    /// <summary>An answer about units of the daily limit.</summary>
    public static DestinationInput Answered(DailyCap day, BudgetAnswer? answer) =>
        new(DestinationInputKind.Units) { Day = day, Answer = answer };

    /// <summary>A fired timer.</summary>
    public static DestinationInput Due(DestinationTimer timer) => new(DestinationInputKind.Timer) { Timer = timer };
}
