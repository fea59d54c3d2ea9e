using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Common;
using Postfleet.Delivery.Smtp;

namespace Postfleet.Delivery.Callout;

/// <summary>
/// Asks next hosts about recipients, over connections of its own, in the ways of the routes (TLS, credentials, source addresses).
/// Thread-safe; one instance serves the node.
/// </summary>
/// <param name="routes">The routes.</param>
/// <param name="connect">Connects to a destination.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed class RecipientCallout(
    IRouteResolver routes, Func<DeliveryTarget, CancellationToken, ValueTask<ConnectResult>> connect, TimeProvider time, ILogger logger)
    : IRecipientCallout
{
    // Destinations of routes with named hosts: as many as routes. Those of earlier configurations stay.
    private readonly ConcurrentDictionary<DestinationId, CalloutSite> _sites = new();

    /// <inheritdoc/>
    public async Task<CalloutAnswer> AskAsync(Mailbox recipient, string stream, CancellationToken cancellationToken)
    {
        var route = await routes.ResolveAsync(QueueKey.For(stream, recipient.Domain), cancellationToken);
        // The host of an operator's move need not know the mailboxes of the domain.
        if (route is not RouteDecision.Deliver { Redirection: null, Target: { Kind: TargetKind.Smarthost } target })
            return CalloutAnswer.NotAsked;
        var site = _sites.GetOrAdd(target.Destination, _ => new CalloutSite(target, connect, time, logger));
        var answer = await site.AskAsync(recipient).WaitAsync(cancellationToken);
        DeliveryMetrics.CalledOut(answer.Result);
        return answer;
    }
}
