using Akka.Cluster;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Postfleet.Admin.Api;
using Postfleet.Admin.Http;
using Postfleet.Admin.Messages;
using Postfleet.Admin.Queues;
using Postfleet.Core.Queueing;

namespace Postfleet.Admin;

/// <summary>
/// The endpoints for the whole cluster, on any node: members, and lists of queues and destinations. Nodes without an answer in time are
/// listed.
/// </summary>
internal static class ClusterEndpoints
{
    private const int DefaultLimit = 1000;

    private static readonly string QueueName = JsonNames.Property(nameof(QueueFilter.Queue));

    private static readonly QueryParameter[] Paging =
        [QueryParameter.Limit(GetNodeStatistics.MaxListed, DefaultLimit), QueryParameter.Cursor];

    private static readonly ApiRoute ClusterRoute = new("getCluster", "Shows the members of the cluster")
    {
        Description = "Members with roles, versions, age and shards, and the nodes of the singletons, as the requested node sees them.",
        Problems = [ProblemKind.NodeStarting],
    };

    private static readonly ApiRoute QueuesRoute = new("listQueues", "Lists the queues of the cluster")
    {
        Description = "The queues with the most messages come first. The sums are over all queues that match, not only the queues of the " +
            "page; unclaimed mail is that of all queues.",
        Tag = "Queues",
        Query =
        [
            new(QueueName, "A queue key, in which * stands for any text.", "bulk:*"),
            new("domain", "A domain, or *.example.org for its subdomains.", "example.org"),
            new("stream", "A stream.", "default"),
            new("site", "The id of a destination, in which * stands for any text.", "default|mx1.example.net"),
            .. Paging,
        ],
        Problems = [ProblemKind.BadParameter, ProblemKind.BadCursor, ProblemKind.NodeStarting],
    };

    private static readonly ApiRoute DestinationsRoute = new("listDestinations", "Lists the destinations of the cluster")
    {
        Description = "The destinations with the most jobs come first. The sums by source and provider are over all destinations that " +
            "match, not only the destinations of the page.",
        Tag = "Queues",
        Query = [new("source", "The source in the ids of the destinations.", DestinationId.DefaultSource), .. Paging],
        Problems = [ProblemKind.BadParameter, ProblemKind.BadCursor, ProblemKind.NodeStarting],
    };

    public static void MapCluster(this IEndpointRouteBuilder api)
    {
        api.Get<ClusterView>("/cluster", ClusterRoute, ClusterAsync);
        api.Get<QueueList>("/queues", QueuesRoute, QueuesAsync);
        api.Get<DestinationList>("/destinations", DestinationsRoute, DestinationsAsync);
    }

    private static async Task<JsonHttpResult<QueueList>> QueuesAsync(HttpContext http, IClusterReports reports, UnclaimedMail mail)
    {
        var query = new QueryReader(http);
        var (limit, after) = (query.Number("limit", DefaultLimit), ListCursor.Read(query, IsQueue));
        var filter = Filter(query);
        var counting = mail.CountAsync(filter, http.RequestAborted);
        var answers = await reports
            .AskAsync(new GetNodeStatistics(null, limit, 0) { QueuesAfter = after, Filter = filter }, null, http.RequestAborted);
        var unclaimed = await counting;
        var (page, cursor) = ClusterPage.Merge(
            [.. answers.Known.Select(node => (Entries: (IReadOnlyList<QueueView>)
                [.. node.Report.Queues.Select(queue => queue.View(node.Name))], node.Report.HasMoreQueues))],
            queue => queue.Messages, queue => queue.Key, limit);
        return Answer.Json(
            new QueueList(
                answers.Known.Aggregate(QueueTotals.None, (total, node) => total + node.Report.Total).View(),
                answers.Known.Sum(node => node.Report.QueueCount),
                answers.Known.Aggregate(RecentFlow.None, (total, node) => total + node.Report.Flow).View(), unclaimed, page, cursor,
                answers.Unanswered.Count == 0 && unclaimed is { IsComplete: true }, answers.Unanswered),
            ApiJson.Default.QueueList);
    }

    private static bool IsQueue(ListPlace place) =>
        place.Number > 0 && place.Name.Contains(':', StringComparison.Ordinal) && !place.Name.Any(char.IsControl);

    // A destination without jobs is listed too.
    private static bool IsDestination(ListPlace place) => place.Name.Length > 0 && !place.Name.Any(char.IsControl);

    private static QueueFilter? Filter(QueryReader query)
    {
        var filter = new QueueFilter(
            query.Text(QueueName) ?? "", query.Text("domain") ?? "", query.Text("stream") ?? "", query.Text("site")
                ?? "");
        return filter is { Queue: "", Domain: "", Stream: "", Site: "" } ? null : filter;
    }

    private static async Task<JsonHttpResult<DestinationList>> DestinationsAsync(HttpContext http, IClusterReports reports)
    {
        var query = new QueryReader(http);
        var (limit, after) = (query.Number("limit", DefaultLimit), ListCursor.Read(query, IsDestination));
        var answers = await reports
            .AskAsync(
                new GetNodeStatistics(null, 0, limit) { DestinationsAfter = after, Source = query.Text("source") }, null,
                http.RequestAborted);
        var sources = new SourceSums();
        foreach (var sums in answers.Known.SelectMany(node => node.Report.Sources)) sources.Add(sums);
        var (page, cursor) = ClusterPage.Merge(
            [.. answers.Known.Select(node => (Entries: (IReadOnlyList<DestinationView>)
                [.. node.Report.Destinations.Select(each => each.View(node.Name))], node.Report.HasMoreDestinations))],
            each => each.Waiting + each.Running, each => each.Id, limit);
        return Answer.Json(
            new DestinationList(
                answers.Known.Sum(node => node.Report.DestinationCount), page, [.. sources.ToList().Select(sums => sums.View())], cursor,
                answers.Unanswered.Count == 0, answers.Unanswered),
            ApiJson.Default.DestinationList);
    }

    private static async Task<JsonHttpResult<ClusterView>> ClusterAsync(HttpContext http, ClusterStatistics reports)
    {
        _ = new QueryReader(http);
        var system = reports.Joined;
        var answers = await reports.AskAsync(new GetNodeStatistics(null, 0, 0), null, http.RequestAborted);
        return Answer.Json(ClusterMapping.View(Cluster.Get(system), answers), ApiJson.Default.ClusterView);
    }
}
