using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Postfleet.Admin.Api;
using Postfleet.Admin.Http;
using Postfleet.Admin.Messages;
using Postfleet.Contracts.Operations;
using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Admin.Queues;

/// <summary>The endpoints of a single queue: its state with the reason, and the way of its mail.</summary>
internal static class QueueEndpoints
{
    /// <summary>The longest wait for the counts of the destination, behind the wait for the queue.</summary>
    private static readonly TimeSpan SiteLimit = TimeSpan.FromSeconds(0.4);

    private static readonly ApiRoute QueueRoute = new("getQueue", "Shows a queue, and why it does not move")
    {
        Tag = "Queues",
        Path = [new("key", "The key of the queue, stream:domain.", "default:example.org")],
        Problems = [ProblemKind.UnknownQueue, ProblemKind.NotComplete],
    };

    private static readonly ApiRoute ResolveRoute = new("resolve", "Resolves the way of the mail for a domain")
    {
        Description = "The route, the hosts, the destination and its limits, as mail would be sent now. Nothing is sent.",
        Tag = "Queues",
        Query =
        [
            new("domain", "The domain of the recipients.", "example.org") { Required = true },
            new("stream", "The stream; default if it is missing.", "default"),
        ],
        Problems = [ProblemKind.BadParameter],
    };

    public static void MapQueues(this IEndpointRouteBuilder api)
    {
        api.Get<QueueDetail>("/queues/{key}", QueueRoute, QueueAsync);
        api.Get<ResolveView>("/resolve", ResolveRoute, ResolveAsync);
    }

    private static async Task<JsonHttpResult<QueueDetail>> QueueAsync(
        string key, HttpContext http, IClusterReports reports, ISuspensions suspensions, TimeProvider time)
    {
        _ = new QueryReader(http);
        if (!QueueKey.TryParse(key, out var queue)) throw NoQueue(key);
        var answers = await reports.AskAsync(new GetNodeStatistics(queue, 1, 0), null, http.RequestAborted);
        // Two nodes may report the same queue while it moves or just after a split. The report with more messages counts.
        var (node, found) = answers.Known.SelectMany(node => node.Report.Queues.Select(each => (node.Name, each.Counts)))
            .OrderByDescending(each => each.Counts.Messages).FirstOrDefault();
        if (found is null)
        {
            if (answers.Unanswered.Count == 0) throw NoQueue(key);
            throw new ProblemException(
                ProblemKind.NotComplete,
                $"no queue '{key}' is known, but not all nodes have answered: {string.Join(", ", answers.Unanswered)}");
        }

        var id = found.Destination is { } text ? new DestinationId(text) : (DestinationId?)null;
        var now = time.GetUtcNow();
        var why = QueueReason.Find(
            found, await FindSiteAsync(reports, id, http.RequestAborted), suspensions.Find(queue, id), now);
        return Answer.Json(
            new QueueDetail(
                queue.Value, found.Messages, found.Recipients, found.Due, found.Deferred, found.InFlight, found.OldestAcceptedAt,
                found.NextDue, found.LastReply, found.Destination, node,
                found.OldestAcceptedAt is { } oldest ? Math.Max(0, (long)(now - oldest).TotalSeconds) : null, why),
            ApiJson.Default.QueueDetail);
    }

    private static async Task<JsonHttpResult<ResolveView>> ResolveAsync(
        HttpContext http, IRouteResolver routes, IClusterReports reports, ISuspensions suspensions)
    {
        var query = new QueryReader(http);
        var name = query.Text("domain")!;
        var stream = query.Text("stream") ?? QueueKey.DefaultStream;
        if (!DomainName.TryParse(name, out var domain)) throw QueryReader.Wrong("domain", name, "a domain");
        if (!QueueKey.TryParse($"{stream}:{domain.Value}", out var queue)) throw QueryReader.Wrong("stream", stream, "a stream");
        var decision = await routes.ResolveAsync(queue, http.RequestAborted);
        var target = (decision as RouteDecision.Deliver)?.Target;
        var site = await FindSiteAsync(reports, target?.Destination, http.RequestAborted);
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
                suspensions.Find(queue, target?.Destination) is { } suspension ? $"action {suspension.Action}" : null, [.. Limits(site)]),
            ApiJson.Default.ResolveView);
    }

    private static IEnumerable<LimitView> Limits(DestinationCounts? site)
    {
        if (site is { MaxConnections: > 0 })
            yield return new LimitView("connections", $"{site.MaxConnections}", site.ConnectionsSetting);
        if (site is { MaxRate.Length: > 0 }) yield return new LimitView("rate", site.MaxRate, site.RateSetting);
    }

    private static async Task<DestinationCounts?> FindSiteAsync(
        IClusterReports reports, DestinationId? id, CancellationToken cancellationToken)
    {
        if (id is null) return null;
        var answers = await reports.AskAsync(new GetNodeStatistics(null, 0, 1) { Destination = id }, SiteLimit, cancellationToken);
        return answers.Known.SelectMany(node => node.Report.Destinations).FirstOrDefault()?.Counts;
    }

    private static ProblemException NoQueue(string key) =>
        new(ProblemKind.UnknownQueue, $"no queue '{key}' has mail; a key reads stream:domain, for example default:example.org");
}
