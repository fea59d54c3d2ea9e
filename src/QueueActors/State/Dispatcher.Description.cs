using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Stats;

namespace Postfleet.QueueActors.State;

/// <content>What a queue waits for, for monitoring.</content>
internal sealed partial class Dispatcher
{
    // Messages on hold are in no heap, and are looked for among the oldest messages only: a queue may have a million.
    private const int MaxSearched = 20_000;

    /// <summary>When the lookup of the route has begun, in UTC ticks; 0 while there is none.</summary>
    private long _resolvingSince;

    private NotedReply? _noRoute;

    private bool IsResolving => _resolvingSince != 0;

    /// <summary>When the first deferred message is tried, or its site is asked again; null if no message is deferred.</summary>
    public DateTimeOffset? NextAttempt(DateTimeOffset now)
    {
        while (_heap.TryPeek(out var entry, out var due) && IsObsolete(entry, due)) _heap.Dequeue();
        if (!_heap.TryPeek(out _, out var at)) return null;
        var next = Math.Max(at, Pause.Until(Destination, now) ?? 0);
        return next == long.MaxValue ? null : new DateTimeOffset(next, TimeSpan.Zero);
    }

    /// <summary>Adds what the dispatcher knows to a description.</summary>
    public QueueDescription Describe(QueueDescription description, DateTimeOffset now) => description with
    {
        Suspension = Pause.SuspensionAt(Destination, now),
        Pause = Pause.Site.IsPaused(state.SiteUntil, now)
            ? new SitePauseFacts(
                state.SiteSince, new DateTimeOffset(Pause.Site.End(state.SiteUntil!.Value), TimeSpan.Zero),
                QueueDescription.Cut(state.SiteReply?.ToString() ?? ""))
            : null,
        ResolvingSince = IsResolving ? new DateTimeOffset(_resolvingSince, TimeSpan.Zero) : null,
        CreditAskedSince = _ready.Count > 0 ? _credit.AskedSince : null,
        NoRoute = _noRoute,
    };

    /// <summary>The messages that are tried next, the first at first; messages on hold come last.</summary>
    public IEnumerable<QueueEntry> Next(int max)
    {
        foreach (var entry in _ready.Enumerate().Take(max)) yield return entry;
        max -= Math.Min(max, _ready.Count);
        foreach (var entry in Soonest(max))
        {
            max--;
            yield return entry;
        }

        if (state.Held > 0)
            foreach (var entry in state.InOrder().Take(MaxSearched).Where(entry => entry.IsHeld).Take(max)) yield return entry;
    }

    /// <summary>A message as it waits now.</summary>
    public WaitingMessage Describe(QueueEntry entry, DateTimeOffset now) =>
        new(
            entry.Message,
            entry.IsInFlight ? WaitingState.Sending : entry.IsHeld ? WaitingState.Held : entry.IsReady ? WaitingState.Due
                : WaitingState.Deferred,
            entry.AcceptedAt, entry.IsHeld || entry.IsInFlight ? null : AttemptAt(entry, now))
        {
            Attempts = entry.IsInFlight ? entry.Tries + 1 : entry.Tries,
            Recipients = entry.Open.Count,
            LastReply = QueueDescription.Cut(entry.LastReply?.ToString() ?? ""),
            RemoteHost = QueueDescription.Cut(entry.LastRemoteHost),
            Action = entry.Action,
        };

    private DateTimeOffset? AttemptAt(QueueEntry entry, DateTimeOffset now)
    {
        var at = Math.Max(entry.NextDue, Pause.Until(Destination, now) ?? 0);
        return at == long.MaxValue ? null : new DateTimeOffset(at, TimeSpan.Zero);
    }

    // A pass over the heap that looks at a message only if its time is among the soonest.
    private IEnumerable<QueueEntry> Soonest(int max)
    {
        var soonest = new PriorityQueue<QueueEntry, long>(max + 1, Comparer<long>.Create((left, right) => right.CompareTo(left)));
        foreach (var (entry, at) in _heap.UnorderedItems)
        {
            if (max == 0 || (soonest.Count == max && soonest.TryPeek(out _, out var latest) && at >= latest) || IsObsolete(entry, at))
                continue;
            soonest.Enqueue(entry, at);
            if (soonest.Count > max) soonest.Dequeue();
        }

        return soonest.UnorderedItems.OrderBy(item => item.Priority).ThenBy(item => item.Element.NextDue).Select(item => item.Element);
    }

    private NotedReply? NoRouteAfter(RouteDecision decision, DateTimeOffset now) => decision is RouteDecision.Fail fail
        ? _noRoute ?? new NotedReply(now, QueueDescription.Cut(fail.Reply.ToString())) : null;
}
