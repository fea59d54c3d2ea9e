using Postfleet.Contracts.Queueing;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Routing;

namespace Postfleet.Delivery.Tests.Routing;

/// <summary>Routes of which an operator has moved some queues. The route stays as it is, so that the move alone decides.</summary>
/// <param name="routes">The routes.</param>
/// <param name="isMoved">The moved queues; null for none.</param>
internal sealed class MovedRoutes(RouteResolver routes, Func<QueueKey, bool>? isMoved) : IRouteResolver
{
    public async ValueTask<RouteDecision> ResolveAsync(QueueKey queue, CancellationToken cancellationToken)
    {
        var move = isMoved?.Invoke(queue) == true ? new Redirection(1, "backup", null) : null;
        return await routes.ResolveAsync(queue, cancellationToken) with { Redirection = move };
    }
}
