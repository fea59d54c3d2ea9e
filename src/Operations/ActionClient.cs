using Akka.Actor;
using Postfleet.Contracts.Operations;
using Postfleet.Operations.Messages;

namespace Postfleet.Operations;

/// <summary>The way from this node to the owner of the actions. Requests call it on their threads.</summary>
internal sealed class ActionClient : IActions
{
    /// <summary>The longest wait for a question, with which an answer of the API takes less than two seconds.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(1.9);

    /// <summary>
    /// The longest wait for an order or its end. It is longer than <see cref="Limit"/>: the answer comes after the write to the database,
    /// and an operator without an answer does not know whether the order stands.
    /// </summary>
    public static readonly TimeSpan WriteLimit = TimeSpan.FromSeconds(10);

    private volatile IActorRef? _owner;

    /// <summary>The owner, by its proxy; null before the actor system has started.</summary>
    public IActorRef? Owner
    {
        get => _owner;
        set => _owner = value;
    }

    /// <inheritdoc/>
    public async Task<ActionView> OrderAsync(ActionOrder order, CancellationToken cancellationToken)
    {
        var answer = await AskAsync(new OrderAction(order), WriteLimit, cancellationToken);
        return answer.Problem.Length == 0 ? answer.Actions[0] : throw new InvalidOperationException(answer.Problem);
    }

    /// <inheritdoc/>
    public async Task<ActionView?> FindAsync(int number, CancellationToken cancellationToken) =>
        (await AskAsync(new GetActions(number, 0, 1), Limit, cancellationToken)).Actions is [var action, ..] ? action : null;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<ActionView>> ListAsync(int? before, int limit, CancellationToken cancellationToken)
    {
        List<ActionView> listed = [];
        while (listed.Count < limit)
        {
            var wanted = Math.Min(limit - listed.Count, GetActions.MaxListed);
            var page = (await AskAsync(new GetActions(0, before ?? 0, wanted), Limit, cancellationToken)).Actions;
            listed.AddRange(page);
            if (page.Count < wanted) break;
            before = page[^1].Number;
        }

        return listed;
    }

    /// <inheritdoc/>
    public async Task<ActionView?> CancelAsync(int number, CancellationToken cancellationToken) =>
        (await AskAsync(new CancelAction(number), WriteLimit, cancellationToken)).Actions is [var action, ..] ? action : null;

    private async Task<ActionAnswer> AskAsync(object message, TimeSpan limit, CancellationToken cancellationToken)
    {
        if (_owner is not { } owner) throw new TimeoutException("the node is starting");
        try
        {
            return await owner.Ask<ActionAnswer>(message, limit, cancellationToken);
        }
        catch (AskTimeoutException e)
        {
            throw new TimeoutException($"the owner of the actions has not answered within {limit.TotalSeconds:0.#} s", e);
        }
    }
}
