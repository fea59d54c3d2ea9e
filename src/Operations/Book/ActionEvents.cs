using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Operations;

namespace Postfleet.Operations.Book;

/// <summary>An event in the journal of the actions.</summary>
internal interface IActionEvent : IProtocolMessage;

/// <summary>An action was ordered.</summary>
/// <param name="Number">Its number: the last action's plus 1.</param>
/// <param name="Order">The order.</param>
/// <param name="At">The time of the event.</param>
internal sealed record ActionOrdered(int Number, ActionOrder Order, DateTimeOffset At) : IActionEvent;

/// <summary>An action was carried out in further queues.</summary>
/// <param name="Number">The action.</param>
/// <param name="Cursor">Where to go on after a change of the owner.</param>
/// <param name="Queues">All queues so far.</param>
/// <param name="Messages">All messages so far.</param>
internal sealed record ActionAdvanced(int Number, string Cursor, int Queues, long Messages) : IActionEvent
{
    /// <summary>See <see cref="ActionView.Held"/>.</summary>
    public long Held { get; init; }

    /// <summary>See <see cref="ActionView.Suspended"/>.</summary>
    public long Suspended { get; init; }

    /// <summary>See <see cref="ActionView.Resumed"/>.</summary>
    public int Resumed { get; init; }

    /// <summary>See <see cref="ActionView.IsAtLeast"/>.</summary>
    public bool IsAtLeast { get; init; }

    /// <summary>See <see cref="KeptAction.IsCounted"/>.</summary>
    public bool IsCounted { get; init; }

    /// <summary>The queues counted since the last event of the action: see <see cref="KeptAction.Seen"/>.</summary>
    public IReadOnlyList<long> Seen { get; init; } = [];
}

/// <summary>An action has ended.</summary>
/// <param name="Number">The action.</param>
/// <param name="State">How: done, cancelled or expired.</param>
/// <param name="At">The time of the event.</param>
internal sealed record ActionEnded(int Number, ActionState State, DateTimeOffset At) : IActionEvent;

/// <summary>
/// A piece of a snapshot of all kept actions. All events before the first piece are deleted once the last piece is written; a replay
/// ignores an incomplete sequence of pieces.
/// </summary>
/// <param name="Index">0 for the first piece.</param>
/// <param name="IsLast">Whether this is the last piece.</param>
/// <param name="LastNumber">The number of the last ordered action.</param>
/// <param name="Actions">Actions, at most <see cref="MaxActions"/>.</param>
internal sealed record ActionsPiece(int Index, bool IsLast, int LastNumber, IReadOnlyList<KeptAction> Actions) : IActionEvent
{
    /// <summary>The maximum number of actions in a piece.</summary>
    public const int MaxActions = 100;
}

/// <summary>An action as it is kept.</summary>
/// <param name="View">The action.</param>
/// <param name="Cursor">Where to go on.</param>
internal sealed record KeptAction(ActionView View, string Cursor)
{
    /// <summary>Whether all queues were gone through once: queues that are told again are not counted again.</summary>
    public bool IsCounted { get; init; }

    /// <summary>
    /// For an action on single messages that runs: the hashes of the counted queues, since a queue may have messages on many pages. At most
    /// <see cref="Run.SeenQueues.Max"/>.
    /// </summary>
    public IReadOnlyList<long> Seen { get; init; } = [];
}
