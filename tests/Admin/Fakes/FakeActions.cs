using Postfleet.Contracts.Operations;
using Postfleet.Core.Queueing;

namespace Postfleet.Admin.Tests.Fakes;

/// <summary>Keeps orders in memory, and suspends what the test says.</summary>
internal sealed class FakeActions : IActions, ISuspensions, IRedirections
{
    private readonly List<ActionView> _actions = [];

    /// <summary>Thrown by each call; null for none.</summary>
    public Exception? Fault { get; set; }

    /// <summary>The suspensions.</summary>
    public Dictionary<QueueKey, Suspension> Suspended { get; } = [];

    /// <summary>The moves to a route.</summary>
    public Dictionary<QueueKey, Redirection> Moved { get; } = [];

    public bool IsEmpty => Moved.Count == 0;

    public Task<ActionView> OrderAsync(ActionOrder order, CancellationToken cancellationToken)
    {
        if (Fault is not null) throw Fault;
        _actions.Add(new ActionView(_actions.Count + 1, order, DateTimeOffset.UnixEpoch, order.IsStanding
            ? ActionState.Standing : ActionState.Running, null, 0, 0));
        return Task.FromResult(_actions[^1]);
    }

    public Task<ActionView?> FindAsync(int number, CancellationToken cancellationToken) =>
        Fault is null ? Task.FromResult(_actions.ElementAtOrDefault(number - 1)) : throw Fault;

    public Task<IReadOnlyList<ActionView>> ListAsync(int? before, int limit, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<ActionView>>(
            [.. _actions.AsEnumerable().Reverse().Where(action => before is null || action.Number < before).Take(limit)]);

    public Task<ActionView?> CancelAsync(int number, CancellationToken cancellationToken)
    {
        if (_actions.ElementAtOrDefault(number - 1) is not { } action) return Task.FromResult<ActionView?>(null);
        _actions[number - 1] = action with { State = ActionState.Cancelled, EndedAt = DateTimeOffset.UnixEpoch };
        return Task.FromResult<ActionView?>(_actions[number - 1]);
    }

    public Suspension? Find(QueueKey queue, DestinationId? destination) => Suspended.GetValueOrDefault(queue);

    public bool NeedsSite(QueueKey queue) => false;

    Redirection? IRedirections.Find(QueueKey queue, DestinationId? own) => Moved.GetValueOrDefault(queue);
}
