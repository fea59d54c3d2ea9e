using Postfleet.Admin.Messages;
using Postfleet.Contracts.Operations;
using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;

namespace Postfleet.Admin.Queues;

/// <summary>Collects the facts of a queue from the nodes. Requests call it on their threads.</summary>
internal sealed class QueueInquiry(
    IClusterReports reports, ISuspensions suspensions, IRedirections redirections, IRouteResolver routes, TimeProvider time)
{
    /// <summary>The longest wait for the queue. With the waits behind it, an answer of the API takes less than two seconds.</summary>
    private static readonly TimeSpan QueueLimit = TimeSpan.FromSeconds(1.2);

    /// <summary>The longest wait for the destination, behind the wait for the queue.</summary>
    private static readonly TimeSpan SiteLimit = TimeSpan.FromSeconds(0.4);

    /// <summary>The longest wait for the route of a queue, where its own destination decides about a move.</summary>
    private static readonly TimeSpan RouteLimit = TimeSpan.FromSeconds(0.2);

    /// <summary>Asks for a queue.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="maxMessages">The most messages to describe.</param>
    /// <param name="message">The only message to describe; null for the next messages.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<QueueFound> AskAsync(
        QueueKey queue, int maxMessages, MessageId? message, CancellationToken cancellationToken)
    {
        var answers = await reports.AskAsync(
            new GetNodeStatistics(queue, 1, 0) { MaxMessages = maxMessages, Message = message }, QueueLimit, cancellationToken);
        // Two nodes may report the same queue while it moves or just after a split. The report with more messages counts.
        var (node, found) = answers.Known.SelectMany(known => known.Report.Queues.Select(each => (known.Name, each)))
            .OrderByDescending(each => each.each.Counts.Messages).FirstOrDefault();
        if (found is null) return new QueueFound(null, "", answers.Unanswered);
        var id = found.Counts.Destination is { } text ? new DestinationId(text) : (DestinationId?)null;
        return new QueueFound(
            new QueueFacts(found.Counts)
            {
                Description = found.Description,
                Site = await FindSiteAsync(id, cancellationToken),
                // The node of the queue knows best.
                Suspension = found.Description is { } description ? description.Suspension : suspensions.Find(queue, id),
                Redirection = await FindMoveAsync(queue, cancellationToken),
                LeavingNode = answers.Leaving.Contains(node) ? node : "",
            },
            node, answers.Unanswered);
    }

    private async Task<Redirection?> FindMoveAsync(QueueKey queue, CancellationToken cancellationToken)
    {
        if (redirections.IsEmpty) return null;
        if (!redirections.NeedsSite(queue)) return redirections.Find(queue, null);
        using var limit = new CancellationTokenSource(RouteLimit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return (await routes.ResolveAsync(queue, either.Token)).Redirection;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>The counts of a destination; null while no node sends to it.</summary>
    public async Task<DestinationCounts?> FindSiteAsync(DestinationId? id, CancellationToken cancellationToken)
    {
        if (id is null) return null;
        var answers = await reports.AskAsync(new GetNodeStatistics(null, 0, 1) { Destination = id }, SiteLimit, cancellationToken);
        return answers.Known.SelectMany(node => node.Report.Destinations).FirstOrDefault()?.Counts;
    }
}

/// <summary>The answer about a queue.</summary>
/// <param name="Facts">The facts; null if no node has reported the queue.</param>
/// <param name="Node">The node of the queue, as host:port.</param>
/// <param name="Unanswered">The nodes without an answer in time.</param>
internal sealed record QueueFound(QueueFacts? Facts, string Node, IReadOnlyList<string> Unanswered);
