using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Operations;

namespace Postfleet.Operations.Messages;

/// <summary>A node to the owner of the actions: an order. Answered by <see cref="ActionAnswer"/> once it is durable.</summary>
/// <param name="Order">The order.</param>
internal sealed record OrderAction(ActionOrder Order) : IProtocolMessage;

/// <summary>A node to the owner of the actions: end an action. Answered by <see cref="ActionAnswer"/>.</summary>
/// <param name="Number">The action.</param>
internal sealed record CancelAction(int Number) : IProtocolMessage;

/// <summary>A node to the owner of the actions: a single action, or a page of all. Answered by <see cref="ActionAnswer"/>.</summary>
/// <param name="Number">The action; 0 for a page.</param>
/// <param name="Before">Only actions with a lower number; 0 for the newest.</param>
/// <param name="Limit">Most actions of a page; an answer has at most <see cref="MaxListed"/>.</param>
internal sealed record GetActions(int Number, int Before, int Limit) : IProtocolMessage
{
    /// <summary>The maximum number of actions in an answer, which fits into a frame of the remoting with the longest texts.</summary>
    public const int MaxListed = 50;
}

/// <summary>The owner's answer.</summary>
/// <param name="Actions">The actions; empty if the requested number is unknown.</param>
/// <param name="Problem">Why the order was refused; empty if it was not.</param>
internal sealed record ActionAnswer(IReadOnlyList<ActionView> Actions, string Problem) : IProtocolMessage;

/// <summary>A node to the owner of the actions: the standing actions, if they have changed since a version.</summary>
/// <param name="Version">The version of the node's copy; 0 for none.</param>
internal sealed record GetSuspensions(long Version) : IProtocolMessage;

/// <summary>The standing actions.</summary>
/// <param name="Version">Their version.</param>
/// <param name="Actions">The suspensions in force.</param>
internal sealed record SuspensionList(long Version, IReadOnlyList<ActionView> Actions) : IProtocolMessage
{
    /// <summary>The moves to a route in force, which nodes of earlier versions do not read.</summary>
    public IReadOnlyList<ActionView> Redirections { get; init; } = [];
}
