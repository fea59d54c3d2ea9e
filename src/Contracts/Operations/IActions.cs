using Postfleet.Core.Queueing;

namespace Postfleet.Contracts.Operations;

/// <summary>An operator's order.</summary>
/// <param name="Kind">What is to be done.</param>
/// <param name="Selector">With which queues or messages.</param>
/// <param name="Reason">Why; at most <see cref="MaxReason"/> characters, may be empty.</param>
/// <param name="Author">Who orders it: the name of the token.</param>
/// <param name="Expires">For a standing action: its end; null for none. For other kinds: when it is given up if it is not done.</param>
public sealed record ActionOrder(ActionKind Kind, ActionSelector Selector, string Reason, string Author, DateTimeOffset? Expires)
{
    /// <summary>The maximum length of a reason.</summary>
    public const int MaxReason = 200;

    /// <summary>For a move to a stream: the stream; otherwise empty.</summary>
    public string ToStream { get; init; } = "";

    /// <summary>For a move to a route: the name of the route; otherwise empty.</summary>
    public string ToRoute { get; init; } = "";

    /// <summary>Whether the action stands until it expires or is cancelled, and is not carried out message by message.</summary>
    public bool IsStanding => Kind == ActionKind.Suspend || ToRoute.Length > 0;
}

/// <summary>An action and how far it is.</summary>
/// <param name="Number">Its number: actions are numbered from 1 on, without gaps.</param>
/// <param name="Order">The order.</param>
/// <param name="OrderedAt">When it was ordered. It concerns messages accepted before this time, except for standing actions.</param>
/// <param name="State">Its state.</param>
/// <param name="EndedAt">When it ended; null while it stands or runs.</param>
/// <param name="Queues">In how many queues it was carried out.</param>
/// <param name="Messages">To how many messages it was applied.</param>
public sealed record ActionView(
    int Number, ActionOrder Order, DateTimeOffset OrderedAt, ActionState State, DateTimeOffset? EndedAt, int Queues, long Messages)
{
    /// <summary>For a retry: how many messages were left alone, since they are on hold. They are not in <see cref="Messages"/>.</summary>
    public long Held { get; init; }

    /// <summary>For a retry or a release: how many of <see cref="Messages"/> wait all the same, since their queue is suspended.</summary>
    public long Suspended { get; init; }

    /// <summary>For a resume: how many suspensions it has ended.</summary>
    public int Resumed { get; init; }

    /// <summary>Whether the owner of the actions has changed meanwhile: answers of queues may have been lost, so more was done.</summary>
    public bool IsAtLeast { get; init; }
}

/// <summary>Operators' actions, from any node. Implemented by the module Operations. Thread-safe.</summary>
/// <remarks>A method throws <see cref="TimeoutException"/> while the owner of the actions cannot be reached.</remarks>
public interface IActions
{
    /// <summary>Orders an action. It is durable when the method returns.</summary>
    Task<ActionView> OrderAsync(ActionOrder order, CancellationToken cancellationToken);

    /// <summary>Finds an action; null when there is none.</summary>
    Task<ActionView?> FindAsync(int number, CancellationToken cancellationToken);

    /// <summary>Lists actions, newest first.</summary>
    /// <param name="before">Only actions with a lower number; null for the newest.</param>
    /// <param name="limit">The maximum number.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<IReadOnlyList<ActionView>> ListAsync(int? before, int limit, CancellationToken cancellationToken);

    /// <summary>Ends an action: a suspension is lifted, and what is not done is not done any more.</summary>
    /// <returns>The action; null when there is none. An action that has ended already stays as it is.</returns>
    Task<ActionView?> CancelAsync(int number, CancellationToken cancellationToken);
}

/// <summary>The suspensions in force, as this node knows them. Implemented by the module Operations. Thread-safe, and cheap.</summary>
public interface ISuspensions
{
    /// <summary>Finds the suspension of a queue; null when it may start attempts.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="destination">Its destination; null if its route is not resolved.</param>
    Suspension? Find(QueueKey queue, DestinationId? destination);
}
