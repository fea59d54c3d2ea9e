using Akka.Cluster;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Postfleet.Admin.Api;
using Postfleet.Admin.Http;
using Postfleet.Admin.Messages;
using Postfleet.Core.Queueing;

namespace Postfleet.Admin;

/// <summary>
/// The endpoints for the whole cluster, on any node: members, queues and destinations. Nodes without an answer in time are listed.
/// </summary>
internal static class ClusterEndpoints
{
    private const int DefaultLimit = 1000;

    private static readonly QueryParameter[] Paging =
        [QueryParameter.Limit(GetNodeStatistics.MaxListed, DefaultLimit), QueryParameter.Cursor];

    private static readonly PathParameter Key = new("key", "The key of the queue, stream:domain.", "default:example.org");

    private static readonly ApiRoute ClusterRoute = new("getCluster", "Shows the members of the cluster")
    {
        Description = "Members with roles, versions, age and shards, and the nodes of the singletons, as the requested node sees them.",
        Problems = [ProblemKind.NodeStarting],
    };

    private static readonly ApiRoute QueuesRoute = new("listQueues", "Lists the queues of the cluster")
    {
        Description = "The queues with the most messages come first. The sums are over all queues, not only the queues of the page.",
        Tag = "Queues",
        Query = Paging,
        Problems = [ProblemKind.BadParameter, ProblemKind.BadCursor],
    };

    private static readonly ApiRoute QueueRoute = new("getQueue", "Shows a queue")
    {
        Tag = "Queues",
        Path = [Key],
        Problems = [ProblemKind.UnknownQueue, ProblemKind.NotComplete],
    };

    private static readonly ApiRoute DestinationsRoute = new("listDestinations", "Lists the destinations of the cluster")
    {
        Description = "The destinations with the most jobs come first.",
        Tag = "Queues",
        Query = Paging,
        Problems = [ProblemKind.BadParameter, ProblemKind.BadCursor],
    };

    public static void MapCluster(this IEndpointRouteBuilder api)
    {
        api.Get<ClusterView>("/cluster", ClusterRoute, ClusterAsync);
        api.Get<QueueList>("/queues", QueuesRoute, QueuesAsync);
        api.Get<QueueView>("/queues/{key}", QueueRoute, QueueAsync);
        api.Get<DestinationList>("/destinations", DestinationsRoute, DestinationsAsync);
    }

    private static async Task<JsonHttpResult<QueueList>> QueuesAsync(HttpContext http, ClusterStatistics reports, UnclaimedMail mail)
    {
        var query = new QueryReader(http);
        var (limit, after) = (query.Number("limit", DefaultLimit), ListCursor.Read(query));
        var counting = mail.CountAsync(http.RequestAborted);
        var answers = await reports.AskAsync(new GetNodeStatistics(null, limit, 0) { QueuesAfter = after }, http.RequestAborted);
        var unclaimed = await counting;
        var (page, cursor) = ClusterPage.Merge(
            [.. answers.Known.Select(node => (Entries: (IReadOnlyList<QueueView>)
                [.. node.Report.Queues.Select(queue => queue.View(node.Name))], node.Report.HasMoreQueues))],
            queue => queue.Messages, queue => queue.Key, limit);
        return Answer.Json(
            new QueueList(
                answers.Known.Aggregate(QueueTotals.None, (total, node) => total + node.Report.Total).View(),
                answers.Known.Sum(node => node.Report.QueueCount), unclaimed, page, cursor,
                answers.Unanswered.Count == 0 && unclaimed is { IsComplete: true }, answers.Unanswered),
            ApiJson.Default.QueueList);
    }

    private static async Task<JsonHttpResult<QueueView>> QueueAsync(string key, HttpContext http, ClusterStatistics reports)
    {
        _ = new QueryReader(http);
        if (!QueueKey.TryParse(key, out var queue)) throw NoQueue(key);
        var answers = await reports.AskAsync(new GetNodeStatistics(queue, 1, 0), http.RequestAborted);
        // Two nodes may report the same queue while it moves or just after a split. The report with more messages counts.
        var found = answers.Known.SelectMany(node => node.Report.Queues.Select(each => each.View(node.Name)))
            .MaxBy(each => each.Messages);
        if (found is not null) return Answer.Json(found, ApiJson.Default.QueueView);
        if (answers.Unanswered.Count == 0) throw NoQueue(key);
        throw new ProblemException(
            ProblemKind.NotComplete,
            $"no queue '{key}' is known, but not all nodes have answered: {string.Join(", ", answers.Unanswered)}");
    }

    private static async Task<JsonHttpResult<DestinationList>> DestinationsAsync(HttpContext http, ClusterStatistics reports)
    {
        var query = new QueryReader(http);
        var (limit, after) = (query.Number("limit", DefaultLimit), ListCursor.Read(query));
        var answers = await reports.AskAsync(new GetNodeStatistics(null, 0, limit) { DestinationsAfter = after }, http.RequestAborted);
        var (page, cursor) = ClusterPage.Merge(
            [.. answers.Known.Select(node => (Entries: (IReadOnlyList<DestinationView>)
                [.. node.Report.Destinations.Select(each => each.View(node.Name))], node.Report.HasMoreDestinations))],
            each => each.Waiting + each.Running, each => each.Id, limit);
        return Answer.Json(
            new DestinationList(
                answers.Known.Sum(node => node.Report.DestinationCount), page, cursor, answers.Unanswered.Count == 0, answers.Unanswered),
            ApiJson.Default.DestinationList);
    }

    private static async Task<JsonHttpResult<ClusterView>> ClusterAsync(HttpContext http, ClusterStatistics reports)
    {
        _ = new QueryReader(http);
        if (reports.System is not { } system) throw new ProblemException(ProblemKind.NodeStarting, "the node is starting; try again later");
        var answers = await reports.AskAsync(new GetNodeStatistics(null, 0, 0), http.RequestAborted);
        return Answer.Json(ClusterMapping.View(Cluster.Get(system), answers), ApiJson.Default.ClusterView);
    }

    private static ProblemException NoQueue(string key) =>
        new(ProblemKind.UnknownQueue, $"no queue '{key}' has mail; a key reads stream:domain, for example default:example.org");
}
