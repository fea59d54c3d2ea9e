using Postfleet.Contracts.Operations;
using Postfleet.Contracts.Queueing;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;

namespace Postfleet.Operations.Run;

/// <summary>
/// Reads the matches of an action from the spool and the routes, a page at a time. Called by <see cref="ActionRunActor"/>.
/// </summary>
internal sealed class RunSource(IPartScanner scanner, IPartLedger ledger, IRouteResolver routes)
{
    /// <summary>Queues in a page: as many are told at a time.</summary>
    public const int QueuesInPage = 200;

    /// <summary>Queue keys read at a time: each query reads the whole table.</summary>
    public const int KeysRead = 20_000;

    /// <summary>Parts read at a time.</summary>
    public const int PartsRead = 2000;

    private readonly Queue<QueueKey> _keys = new();
    private QueueKey? _lastKey;
    private bool _hasAllKeys;

    /// <summary>Reads a page.</summary>
    /// <exception cref="SpoolUnavailableException">The spool does not answer.</exception>
    public async Task<RunPage> ReadAsync(ActionView action, RunStage stage, string cursor, CancellationToken cancellationToken)
    {
        try
        {
            return stage switch
            {
                RunStage.Queues => await ReadQueuesAsync(action.Order.Selector, cursor, cancellationToken),
                RunStage.Messages => await ReadMessagesAsync(action.Order.Selector, cursor, cancellationToken),
                _ => await ReadUnclaimedAsync(action, cancellationToken),
            };
        }
        catch
        {
            // The page is read again from its cursor.
            _keys.Clear();
            (_lastKey, _hasAllKeys) = (null, false);
            throw;
        }
    }

    private async Task<RunPage> ReadQueuesAsync(ActionSelector selector, string cursor, CancellationToken cancellationToken)
    {
        List<RunQueue> page = [];
        while (page.Count < QueuesInPage)
        {
            if (!_keys.TryDequeue(out var queue))
            {
                if (_hasAllKeys) return new RunPage(page, cursor, true);
                var after = _lastKey ?? (cursor.Length == 0 ? null : QueueKey.FromTrusted(cursor));
                var keys = await scanner.ListQueuesAsync(after, KeysRead, cancellationToken);
                _hasAllKeys = keys.Count < KeysRead;
                if (keys.Count > 0) _lastKey = keys[^1];
                foreach (var key in keys) if (selector.Matches(key)) _keys.Enqueue(key);
                continue;
            }

            cursor = queue.Value;
            if (await IsAtSiteAsync(selector, queue, cancellationToken)) page.Add(new RunQueue(queue, []));
        }

        return new RunPage(page, cursor, false);
    }

    private async Task<RunPage> ReadMessagesAsync(ActionSelector selector, string cursor, CancellationToken cancellationToken)
    {
        var after = ToPart(cursor);
        // A message's parts follow a part of it with an empty queue key.
        if (selector.Message is { } only && after is null) after = new PartId(only, default);
        var parts = await scanner.ScanAsync(after, PartsRead, cancellationToken);
        List<PartId> meant = [];
        foreach (var part in parts)
        {
            if (selector.Matches(part.Id, part.ReversePath, part.User)
                && await IsAtSiteAsync(selector, part.Id.Queue, cancellationToken))
                meant.Add(part.Id);
        }

        var isLast = parts.Count < PartsRead || (selector.Message is { } wanted && parts[^1].Id.Message != wanted);
        var queues = meant.GroupBy(part => part.Queue)
            .Select(group => new RunQueue(group.Key, [.. group.Select(part => part.Message)])).ToList();
        return new RunPage(queues, parts.Count > 0 ? ToText(parts[^1].Id) : cursor, isLast);
    }

    private async Task<RunPage> ReadUnclaimedAsync(ActionView action, CancellationToken cancellationToken)
    {
        var selector = action.Order.Selector;
        PartId? after = null;
        while (true)
        {
            var parts = await ledger.FindUnclaimedAsync(action.OrderedAt, after, PartsRead, cancellationToken);
            var meant = parts.Where(part => selector.Matches(part.Id.Queue)
                && (selector.Message is not { } message || part.Id.Message == message)).ToList();
            if (meant.Count > 0)
            {
                // A scan begins before the first of them.
                var before = new PartId(meant[0].Id.Message, default);
                // Whose they are is known only to a scan.
                IEnumerable<QueueKey> told = selector.IsAboutMessages ? [] : meant.Select(part => part.Id.Queue).Distinct();
                return new RunPage(
                    [.. told.Take(QueuesInPage).Select(queue => new RunQueue(queue, []))], ToText(before), false);
            }

            if (parts.Count < PartsRead) return new RunPage([], "", true);
            after = parts[^1].Id;
        }
    }

    private async ValueTask<bool> IsAtSiteAsync(ActionSelector selector, QueueKey queue, CancellationToken cancellationToken)
    {
        if (!selector.NeedsSite) return true;
        return await routes.ResolveAsync(queue, cancellationToken) is RouteDecision.Deliver route
            && selector.Matches(queue, route.Target.Destination);
    }

    private static string ToText(PartId part) => $"{part.Message} {part.Queue.Value}";

    private static PartId? ToPart(string cursor)
    {
        var space = cursor.IndexOf(' ', StringComparison.Ordinal);
        return space > 0 && MessageId.TryParse(cursor[..space], out var message)
            ? new PartId(message, QueueKey.FromTrusted(cursor[(space + 1)..])) : null;
    }
}
