using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Postfleet.Admin.Api;
using Postfleet.Admin.Http;
using Postfleet.Admin.Messages;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;

namespace Postfleet.Admin.Queues;

/// <summary>The endpoint of a single destination.</summary>
internal static class DestinationEndpoints
{
    /// <summary>Queues in the answer.</summary>
    private const int MaxQueues = 20;

    private static readonly ApiRoute DestinationRoute = new("getDestination", "Shows a destination, and what it waits for")
    {
        Description = "Connections with phase and age, tokens of the rate, the back-off, the last replies, the limits with the key of " +
            "each, and the queues whose mail goes there.",
        Tag = "Queues",
        Path = [new("id", "The id of the destination, source|site.", "default|mx1.example.net")],
        Problems = [ProblemKind.UnknownDestination, ProblemKind.NotComplete, ProblemKind.NodeStarting],
    };

    public static void MapDestinations(this IEndpointRouteBuilder api) =>
        api.Get<DestinationDetail>("/destinations/{id}", DestinationRoute, DestinationAsync);

    private static async Task<JsonHttpResult<DestinationDetail>> DestinationAsync(
        string id, HttpContext http, IClusterReports reports, IDestinationLimits limits, TimeProvider time)
    {
        _ = new QueryReader(http);
        // An escaped slash, as in the path of a socket, stays escaped in a segment.
        var destination = new DestinationId(id.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase));
        var answers = await reports.AskAsync(
            new GetNodeStatistics(null, MaxQueues, 1)
            {
                Destination = destination,
                IsDescribed = true,
                Filter = new QueueFilter("", "", "", destination.Value),
            },
            null, http.RequestAborted);
        var (node, found) = answers.Known.SelectMany(known => known.Report.Destinations.Select(each => (known.Name, each)))
            .FirstOrDefault();
        var total = answers.Known.Aggregate(QueueTotals.None, (sum, known) => sum + known.Report.Total);
        if (found is null && total.Messages == 0)
        {
            if (answers.Unanswered.Count == 0)
                throw new ProblemException(
                    ProblemKind.UnknownDestination, $"no mail goes to the destination '{destination}'; an id reads source|site");
            throw new ProblemException(
                ProblemKind.NotComplete,
                $"no destination '{destination}' is known, but not all nodes have answered: {string.Join(", ", answers.Unanswered)}");
        }

        var now = time.GetUtcNow();
        IReadOnlyList<QueueView> queues = [.. answers.Known.SelectMany(known => known.Report.Queues.Select(queue => queue.View(known.Name)))
            .OrderByDescending(queue => queue.Messages).ThenBy(queue => queue.Key, StringComparer.Ordinal).Take(MaxQueues)];
        return Answer.Json(
            QueueMapping.View(
                destination, found is null ? null : node, found?.Counts ?? limits.Find(destination), limits.Explain(destination, [], null),
                found?.Description,
                SiteReason.Find(found?.Counts, node ?? "", now),
                (total.View(), answers.Known.Sum(known => known.Report.QueueCount), queues), answers.Unanswered, now),
            ApiJson.Default.DestinationDetail);
    }
}
