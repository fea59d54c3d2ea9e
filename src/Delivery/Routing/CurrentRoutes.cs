using Postfleet.Contracts.Operations;
using Postfleet.Contracts.Queueing;
using Postfleet.Core.Concurrency;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Routing;

/// <summary>
/// Resolves the destinations of queues by the routes in force, which a reload replaces, and by the operators' moves to named routes.
/// Thread-safe.
/// </summary>
/// <param name="first">The routes at the start.</param>
/// <param name="redirections">The moves to routes; null where no operator can move mail.</param>
/// <param name="time">The clock, for the ends of moves.</param>
internal sealed class CurrentRoutes(RouteResolver first, IRedirections? redirections, TimeProvider time) : IRouteResolver, IRouteNames
{
    private readonly Current<RouteResolver> _resolver = new(first);

    public IReadOnlyList<string> Names => _resolver.Value.Names;

    /// <summary>Resolves later destinations by other routes.</summary>
    public void Use(RouteResolver next) => _resolver.Value = next;

    public ValueTask<RouteDecision> ResolveAsync(QueueKey queue, CancellationToken cancellationToken) =>
        redirections is null or { IsEmpty: true } ? _resolver.Value.ResolveAsync(queue, cancellationToken)
            : ResolveAsync(redirections, queue, cancellationToken);

    private async ValueTask<RouteDecision> ResolveAsync(IRedirections moves, QueueKey queue, CancellationToken cancellationToken)
    {
        var resolver = _resolver.Value;
        var own = moves.NeedsSite(queue) ? await resolver.ResolveAsync(queue, cancellationToken) : null;
        if (moves.Find(queue, (own as RouteDecision.Deliver)?.Target.Destination) is not { } move)
            return own ?? await resolver.ResolveAsync(queue, cancellationToken);
        // Another way could be the way that the operator wants to avoid, so the mail waits.
        var named = await resolver.ResolveByNameAsync(move.Route, queue, cancellationToken);
        var decision = (named ?? Unknown(move)) with { Redirection = move };
        return decision is RouteDecision.Deliver deliver && move.Until is { } end ? EndingAt(end, deliver) : decision;
    }

    private RouteDecision.Deliver EndingAt(DateTimeOffset end, RouteDecision.Deliver deliver)
    {
        var left = end - time.GetUtcNow();
        if (left >= deliver.ValidFor) return deliver;
        return deliver with { ValidFor = left > TimeSpan.Zero ? left : TimeSpan.Zero };
    }

    // RFC 3463 section 3.4: system incorrectly configured.
    private static RouteDecision.Defer Unknown(Redirection move) => new(new SmtpReply(
        451, new EnhancedStatus(4, 3, 5),
        $"action {move.Action} moves the mail to the route '{move.Route}', which this node does not have"));
}
