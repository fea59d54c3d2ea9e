using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Spool.Common;

/// <summary>The conditions of a reader of the feed. Null places no condition; each event meets all conditions.</summary>
public sealed record FeedQuery
{
    /// <summary>The kinds of the events.</summary>
    public IReadOnlyList<HistoryKind>? Kinds { get; init; }

    /// <summary>The stream of the recipient's queue.</summary>
    public string? Stream { get; init; }

    /// <summary>The recipient's queue.</summary>
    public QueueKey? Queue { get; init; }

    /// <summary>The domain of the recipient.</summary>
    public DomainName? Domain { get; init; }

    /// <summary>The address of the recipient: the domain in any case, the local part exactly.</summary>
    public Mailbox? Recipient { get; init; }

    /// <summary>The reverse-path, compared as <see cref="Recipient"/> is.</summary>
    public Mailbox? Sender { get; init; }

    /// <summary>Whether the reverse-path is null. Excludes <see cref="Sender"/>.</summary>
    public bool HasNullSender { get; init; }

    /// <summary>Whether an event meets the conditions.</summary>
    public bool Matches(HistoryEvent one)
    {
        ArgumentNullException.ThrowIfNull(one);
        return (Kinds is null || Kinds.Contains(one.Kind))
            && (Stream is null || one.Queue.StreamSpan.SequenceEqual(Stream))
            && (Queue is null || one.Queue == Queue)
            && (Domain is null || one.Queue.DomainSpan.SequenceEqual(Domain.Value.Value))
            && (Recipient is null || one.Recipient == Recipient.Address)
            && (HasNullSender ? one.Sender.Length == 0 : Sender is null || one.Sender == Sender.Address);
    }
}

/// <summary>An event of the feed.</summary>
/// <param name="Event">The event.</param>
/// <param name="Position">The position after the event.</param>
public readonly record struct FeedEvent(HistoryEvent Event, FeedPosition Position);

/// <summary>Events after a position, in the order of the feed.</summary>
/// <param name="Events">The events; possibly none although more follow.</param>
/// <param name="Position">Where the next page begins: all earlier events that match are on this page or on earlier pages.</param>
/// <param name="HasMore">Whether more events may be there already; false at the present end of the feed.</param>
public sealed record FeedPage(IReadOnlyList<FeedEvent> Events, FeedPosition Position, bool HasMore)
{
    /// <summary>Whether events may be missing before the page: they were dropped by a bound of the history, or never written, before
    /// the reader came to them. Told once.</summary>
    public bool HasGap { get; init; }

    /// <summary>
    /// For how long an open transaction in the database has held back events. Zero, or a few seconds, as a rule.
    /// </summary>
    public TimeSpan Delay { get; init; }
}

/// <summary>
/// The events of the history in an order in which new events are only ever added at the end: a reader that continues at its last position
/// gets each event. On PostgreSQL these are the events of all nodes. The order is not that of the events' times, and an event may be
/// read again after a crash of its reader; <see cref="FeedEventId"/> is the same then. Thread-safe.
/// </summary>
/// <remarks>The methods throw <see cref="SpoolUnavailableException"/> when the storage fails; the caller tries again later.</remarks>
public interface IEventFeed
{
    /// <summary>Most events of a page.</summary>
    const int MaxPage = 1000;

    /// <summary>The kept kinds of events. With none, the feed is empty.</summary>
    HistoryKeep Keep { get; }

    /// <summary>The present end of the feed. All events of writes that begin after the call are after it.</summary>
    ValueTask<FeedPosition> GetEndAsync(CancellationToken cancellationToken);

    /// <summary>Reads the events after a position. A call reads for a second at most.</summary>
    /// <param name="query">The conditions.</param>
    /// <param name="after">The position.</param>
    /// <param name="until">The page has no event after this position; null for the end of the feed.</param>
    /// <param name="limit">Most events to read; 1 to <see cref="MaxPage"/>.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <exception cref="FeedPositionException">A position belongs to another engine.</exception>
    ValueTask<FeedPage> ReadAsync(
        FeedQuery query, FeedPosition after, FeedPosition? until, int limit, CancellationToken cancellationToken);

    /// <summary>
    /// Has an action called after each commit of this node with events, until the result is disposed. The action must return at once.
    /// Commits of other nodes are seen by reading alone.
    /// </summary>
    IDisposable Watch(Action written);
}
