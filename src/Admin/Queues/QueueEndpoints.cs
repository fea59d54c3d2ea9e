using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Postfleet.Admin.Api;
using Postfleet.Admin.Http;
using Postfleet.Contracts.Operations;
using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Admin.Queues;

/// <summary>The endpoints of a single queue: its state with the reason, and the way of its mail.</summary>
internal static class QueueEndpoints
{
    /// <summary>Messages in the answer for a queue.</summary>
    private const int MaxMessages = 20;

    private const string HeldBy = "action ";

    /// <summary>The longest wait for the action that holds messages, beside the rest of the answer.</summary>
    private static readonly TimeSpan ActionLimit = TimeSpan.FromSeconds(0.3);

    private static readonly ApiRoute QueueRoute = new("getQueue", "Shows a queue, and why it does not move")
    {
        Description = "The counts, what is tried next, the outcomes of the last minute, hour and day, and the constraint that holds the " +
            "queue now. The key is taken in any case.",
        Tag = "Queues",
        Path = [new("key", "The key of the queue, stream:domain.", "default:example.org")],
        Problems = [ProblemKind.UnknownQueue, ProblemKind.NotComplete, ProblemKind.NodeStarting],
    };

    private static readonly ApiRoute ResolveRoute = new("resolve", "Resolves the way of the mail for a domain")
    {
        Description = "The route, the hosts, the destination and its limits, as mail would be sent now, and the weight and times of the " +
            "queue. A move to a route is followed. Nothing is sent.",
        Tag = "Queues",
        Query =
        [
            new("domain", "The domain of the recipients.", "example.org") { Required = true },
            new("stream", "The stream; default if it is missing.", "default"),
        ],
        Problems = [ProblemKind.BadParameter, ProblemKind.NodeStarting],
    };

    public static void MapQueues(this IEndpointRouteBuilder api)
    {
        api.Get<QueueDetail>("/queues/{key}", QueueRoute, QueueAsync);
        api.Get<ResolveView>("/resolve", ResolveRoute, ResolveAsync);
    }

    private static async Task<JsonHttpResult<QueueDetail>> QueueAsync(
        string key, HttpContext http, QueueInquiry inquiry, IActions actions, TimeProvider time)
    {
        _ = new QueryReader(http);
        if (!QueueKey.TryParse(key.ToLowerInvariant(), out var queue)) throw NoQueue(key);
        var found = await inquiry.AskAsync(queue, MaxMessages, null, http.RequestAborted);
        if (found.Facts is not { } facts)
        {
            if (found.Unanswered.Count == 0) throw NoQueue(key);
            throw new ProblemException(
                ProblemKind.NotComplete,
                $"no queue '{key}' is known, but not all nodes have answered: {string.Join(", ", found.Unanswered)}");
        }

        var now = time.GetUtcNow();
        var why = await WithActionAsync(QueueReason.Find(facts, now), actions, time, http.RequestAborted);
        return Answer.Json(QueueMapping.View(queue, facts, found.Node, why, now), ApiJson.Default.QueueDetail);
    }

    // A message on hold knows only the number of the action.
    private static async Task<WhyView> WithActionAsync(
        WhyView why, IActions actions, TimeProvider time, CancellationToken cancellationToken)
    {
        if (why is not { Constraint: "held", Setting: { } setting }) return why;
        using var limit = new CancellationTokenSource(ActionLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var action = await actions.FindAsync(int.Parse(setting[HeldBy.Length..], CultureInfo.InvariantCulture), either.Token);
            return action is null ? why : why with { Since = action.OrderedAt };
        }
        catch (Exception e) when (e is TimeoutException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return why;
        }
    }

    private static async Task<JsonHttpResult<ResolveView>> ResolveAsync(
        HttpContext http, IRouteResolver routes, QueueInquiry inquiry, ISuspensions suspensions, IDestinationLimits limits,
        IQueueSettings settings)
    {
        var query = new QueryReader(http);
        var name = query.Text("domain")!;
        var stream = query.Text("stream") ?? QueueKey.DefaultStream;
        if (!DomainName.TryParse(name, out var domain)) throw QueryReader.Wrong("domain", name, "a domain");
        if (!QueueKey.TryParse($"{stream.ToLowerInvariant()}:{domain.Value}", out var queue))
            throw QueryReader.Wrong("stream", stream, "a stream");
        var decision = await routes.ResolveAsync(queue, http.RequestAborted);
        var target = (decision as RouteDecision.Deliver)?.Target;
        var site = target is null ? null
            : await inquiry.FindSiteAsync(target.Destination, http.RequestAborted) ?? limits.Find(target.Destination);
        var reply = decision switch
        {
            RouteDecision.Defer defer => defer.Reply,
            RouteDecision.Fail fail => fail.Reply,
            _ => null,
        };
        return Answer.Json(
            new ResolveView(
                queue.Value, decision is RouteDecision.Deliver ? "deliver" : decision is RouteDecision.Defer ? "defer" : "fail",
                reply?.ToString(), target is null ? null : JsonNames.Write(target.Kind), target?.Destination.Value,
                [.. (target?.Hosts ?? []).Select(host => new HostView(host.Name, host.Preference))], target?.Port ?? 0,
                (decision as RouteDecision.Deliver)?.ValidFor.TotalSeconds ?? 0,
                suspensions.Find(queue, target?.Destination) is { } suspension ? $"action {suspension.Action}" : null,
                decision.Redirection is { } move ? $"action {move.Action}" : null, decision.Redirection?.Route,
                QueueMapping.Limits(site, target is null ? [] : limits.Explain(target.Destination, target.Hosts, queue.Domain)),
                [.. settings.Find(queue).Select(QueueMapping.View)],
                (decision as RouteDecision.Deliver)?.Tls is { } tls
                    ? new TlsPolicyView(tls.Source, tls.Mode, tls.Hosts, tls.ExpiresAt) : null),
            ApiJson.Default.ResolveView);
    }

    private static ProblemException NoQueue(string key) =>
        new(ProblemKind.UnknownQueue, $"no queue '{key}' has mail; a key reads stream:domain, for example default:example.org");
}
