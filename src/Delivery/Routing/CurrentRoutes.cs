using Postfleet.Contracts.Queueing;
using Postfleet.Core.Concurrency;
using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Routing;

/// <summary>Resolves the destinations of queues by the routes in force, which a reload replaces. Thread-safe.</summary>
internal sealed class CurrentRoutes(RouteResolver first) : IRouteResolver
{
    private readonly Current<RouteResolver> _resolver = new(first);

    /// <summary>Resolves later destinations by other routes.</summary>
    public void Use(RouteResolver next) => _resolver.Value = next;

    public ValueTask<RouteDecision> ResolveAsync(QueueKey queue, CancellationToken cancellationToken) =>
        _resolver.Value.ResolveAsync(queue, cancellationToken);
}
