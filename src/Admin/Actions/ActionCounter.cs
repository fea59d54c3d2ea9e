using Postfleet.Admin.Api;
using Postfleet.Admin.Messages;
using Postfleet.Contracts.Operations;
using Postfleet.Contracts.Queueing;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;

namespace Postfleet.Admin.Actions;

/// <summary>
/// Counts the queues and messages matched by an action now, without ordering it. Requests call it on their threads.
/// </summary>
internal sealed class ActionCounter(IPartScanner scanner, IRouteResolver routes, IClusterReports reports, TimeProvider time)
{
    /// <summary>Parts read at a time.</summary>
    private const int PartsRead = 2000;

    /// <summary>The longest search through the spool, with the routes of its queues.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1.5);

    /// <summary>Counts.</summary>
    public async Task<ActionCount> CountAsync(ActionSelector selector, CancellationToken cancellationToken)
    {
        // A queue that has just started knows no destination before its next attempt, and the action resolves the routes too.
        if (selector.IsAboutMessages || selector.NeedsSite) return await ScanAsync(selector, cancellationToken);
        var answers = await reports.AskAsync(new GetNodeStatistics(null, 0, 0)
        {
            Filter = new QueueFilter(selector.Queue, selector.Domain, selector.Stream, selector.Site),
        }, null, cancellationToken);
        return new ActionCount(
            answers.Known.Sum(node => node.Report.QueueCount), answers.Known.Sum(node => node.Report.Total.Messages),
            answers.Unanswered.Count == 0, answers.Unanswered, answers.Known.Sum(node => node.Report.Total.InFlight));
    }

    private async Task<ActionCount> ScanAsync(ActionSelector selector, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var (queues, sites, messages) = (new HashSet<QueueKey>(), new Dictionary<QueueKey, bool>(), 0L);
        // A message's parts follow a part of it with an empty queue key.
        PartId? after = selector.Message is { } only ? new PartId(only, default) : null;
        try
        {
            while (!await ReadAsync())
            {
            }

            return Count(isComplete: true);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Count(isComplete: false);
        }

        // Reads a page; true after the last one.
        async Task<bool> ReadAsync()
        {
            var parts = await scanner.ScanAsync(after, PartsRead, either.Token).AsTask().WaitAsync(either.Token);
            foreach (var part in parts)
            {
                if (selector.Message is { } message && part.Id.Message != message) return true;
                if (!selector.Matches(part.Id, part.ReversePath, part.User) || !await IsAtSiteAsync(part.Id.Queue)) continue;
                messages++;
                queues.Add(part.Id.Queue);
            }

            if (parts.Count < PartsRead) return true;
            either.Token.ThrowIfCancellationRequested();
            after = parts[^1].Id;
            return false;
        }

        ActionCount Count(bool isComplete) => new(queues.Count, messages, isComplete, []);

        async ValueTask<bool> IsAtSiteAsync(QueueKey queue)
        {
            if (!selector.NeedsSite) return true;
            if (sites.TryGetValue(queue, out var known)) return known;
            return sites[queue] = await routes.ResolveAsync(queue, either.Token) is RouteDecision.Deliver route
                && selector.Matches(queue, route.Target.Destination);
        }
    }
}
