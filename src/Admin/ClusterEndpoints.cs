using Akka.Cluster;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Postfleet.Admin.Messages;
using Postfleet.Core.Queueing;

namespace Postfleet.Admin;

/// <summary>
/// The endpoints for the whole cluster, on any node: members, queues and destinations. Nodes without an answer in time are listed.
/// </summary>
internal static class ClusterEndpoints
{
    private const int DefaultLimit = 1000;

    public static void MapCluster(this IEndpointRouteBuilder api)
    {
        api.MapGet("/cluster", ClusterAsync);
        api.MapGet("/queues", QueuesAsync);
        api.MapGet("/queues/{key}", QueueAsync);
        api.MapGet("/destinations", DestinationsAsync);
    }

    private static async Task<IResult> QueuesAsync(
        ClusterStatistics reports, UnclaimedMail mail, int? limit, CancellationToken cancellationToken)
    {
        if (WrongLimit(limit) is { } wrong) return wrong;
        var counting = mail.CountAsync(cancellationToken);
        var answers = await reports.AskAsync(new GetNodeStatistics(null, limit ?? DefaultLimit, 0), cancellationToken);
        var unclaimed = await counting;
        var known = Answered(answers);
        var listed = Listed(known).OrderByDescending(queue => queue.Messages).ThenBy(queue => queue.Key, StringComparer.Ordinal)
            .Take(limit ?? DefaultLimit);
        var unanswered = Unanswered(answers);
        return Results.Json(new
        {
            total = known.Aggregate(QueueTotals.None, (total, node) => total + node.Report.Total),
            queueCount = known.Sum(node => node.Report.QueueCount),
            unclaimed,
            queues = listed,
            isComplete = unanswered.Count == 0 && unclaimed is { IsComplete: true },
            unanswered,
        });
    }

    private static async Task<IResult> QueueAsync(string key, ClusterStatistics reports, CancellationToken cancellationToken)
    {
        if (!QueueKey.TryParse(key, out var queue)) return NoQueue(key);
        var answers = await reports.AskAsync(new GetNodeStatistics(queue, 1, 0), cancellationToken);
        if (Listed(Answered(answers)).FirstOrDefault() is { } found) return Results.Json(found);
        if (Unanswered(answers) is not { Count: > 0 } unanswered) return NoQueue(key);
        return Results.Json(
            new { error = $"no queue '{key}' is known, but not all nodes have answered: {string.Join(", ", unanswered)}" },
            statusCode: 503);
    }

    private static async Task<IResult> DestinationsAsync(ClusterStatistics reports, int? limit, CancellationToken cancellationToken)
    {
        if (WrongLimit(limit) is { } wrong) return wrong;
        var answers = await reports.AskAsync(new GetNodeStatistics(null, 0, limit ?? DefaultLimit), cancellationToken);
        var known = Answered(answers);
        var listed = known
            .SelectMany(node => node.Report.Destinations.Select(each => DestinationView.Of(each, node.Name)))
            .OrderByDescending(each => each.Waiting + each.Running).ThenBy(each => each.Id, StringComparer.Ordinal)
                .Take(limit ?? DefaultLimit);
        var unanswered = Unanswered(answers);
        return Results.Json(new
        {
            destinationCount = known.Sum(node => node.Report.DestinationCount),
            destinations = listed,
            isComplete = unanswered.Count == 0,
            unanswered,
        });
    }

    private static async Task<IResult> ClusterAsync(ClusterStatistics reports, CancellationToken cancellationToken)
    {
        if (reports.System is not { } system) return Results.Json(new { error = "the node is starting" }, statusCode: 503);
        var answers = await reports.AskAsync(new GetNodeStatistics(null, 0, 0), cancellationToken);
        return Results.Json(ClusterView.Of(Cluster.Get(system), answers, Unanswered(answers)));
    }

    // Two nodes may report the same queue while it moves or just after a split. The report with more messages counts.
    private static IEnumerable<QueueView> Listed(IEnumerable<(string Name, NodeStatistics Report)> known) => known
        .SelectMany(node => node.Report.Queues.Select(queue => QueueView.Of(queue, node.Name)))
        .GroupBy(queue => queue.Key, StringComparer.Ordinal)
        .Select(queue => queue.MaxBy(each => each.Messages)!);

    private static List<(string Name, NodeStatistics Report)> Answered(IReadOnlyList<NodeAnswer> answers) =>
        [.. answers.Where(answer => answer.Report is not null).Select(answer => (answer.Name, answer.Report!))];

    private static List<string> Unanswered(IReadOnlyList<NodeAnswer> answers) =>
        [.. answers.Where(answer => answer.Report is null).Select(answer => answer.Name).Order(StringComparer.Ordinal)];

    private static IResult? WrongLimit(int? limit) => limit is < 1 or > GetNodeStatistics.MaxListed
        ? Results.Json(new { error = $"limit is {limit}; it must be 1 to {GetNodeStatistics.MaxListed}" }, statusCode: 400)
        : null;

    private static IResult NoQueue(string key) => Results.Json(
        new { error = $"no queue '{key}' has mail; a key reads stream:domain, for example default:example.org" }, statusCode: 404);
}
