using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Spool.Common;

/// <summary>The conditions of a search of the history. Null places no condition; each found recipient meets all conditions.</summary>
public sealed record HistoryQuery
{
    /// <summary>The message.</summary>
    public MessageId? Message { get; init; }

    /// <summary>The Message-ID of the header, with or without angle brackets.</summary>
    public string? HeaderMessageId { get; init; }

    /// <summary>The address of the recipient: the domain in any case, the local part exactly.</summary>
    public Mailbox? Recipient { get; init; }

    /// <summary>The reverse-path, compared as <see cref="Recipient"/> is.</summary>
    public Mailbox? Sender { get; init; }

    /// <summary>Whether the reverse-path is null. Excludes <see cref="Sender"/>.</summary>
    public bool HasNullSender { get; init; }

    /// <summary>The domain of the recipient.</summary>
    public DomainName? Domain { get; init; }

    /// <summary>The stream of the recipient's queue.</summary>
    public string? Stream { get; init; }

    /// <summary>The state of the recipient.</summary>
    public HistoryState? State { get; init; }

    /// <summary>A text in the reply of the recipient's newest event, in any case.</summary>
    public string? Reply { get; init; }

    /// <summary>The earliest time of the recipient's newest event.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The time before which the recipient's newest event happened.</summary>
    public DateTimeOffset? Until { get; init; }
}

/// <summary>A page of a search.</summary>
/// <param name="Recipients">The newest event of each found recipient, the newest first. Possibly empty although more
/// follow.</param>
/// <param name="Cursor">Continues the search where the page ends; null at the end of the history.</param>
public sealed record HistoryPage(IReadOnlyList<HistoryEvent> Recipients, string? Cursor);

/// <summary>The history of a message.</summary>
/// <param name="Events">The events, the oldest first.</param>
/// <param name="IsComplete">Whether these are all events; false where there are more than <see cref="IHistory.MaxTimeline"/>, or the
/// search took too long.</param>
public sealed record HistoryTimeline(IReadOnlyList<HistoryEvent> Events, bool IsComplete);

/// <summary>The history of messages, bounded by age and size. Thread-safe.</summary>
/// <remarks>The methods throw <see cref="SpoolUnavailableException"/> when the storage fails; the caller tries again later.</remarks>
public interface IHistory
{
    /// <summary>Most recipients of a page.</summary>
    const int MaxPage = 1000;

    /// <summary>Most events of a timeline.</summary>
    const int MaxTimeline = 10_000;

    /// <summary>The kept kinds of events.</summary>
    HistoryKeep Keep { get; }

    /// <summary>
    /// Lists recipients by their newest event, the newest first, each recipient once. A call reads for two seconds at most: its page may
    /// hold fewer recipients than asked for, and still have a cursor. A recipient with a new event while a caller pages has moved to the
    /// front, and is found by a new search.
    /// </summary>
    /// <param name="query">The conditions.</param>
    /// <param name="cursor">The cursor of the previous page; null for the first page.</param>
    /// <param name="limit">Most recipients to list; 1 to <see cref="MaxPage"/>.</param>
    /// <param name="cancellationToken">Cancels the search.</param>
    /// <exception cref="HistoryCursorException">The cursor is not valid.</exception>
    ValueTask<HistoryPage> SearchAsync(HistoryQuery query, string? cursor, int limit, CancellationToken cancellationToken);

    /// <summary>Reads the events of a message, in the order of their times. No event for an unknown message.</summary>
    ValueTask<HistoryTimeline> ReadAsync(MessageId message, CancellationToken cancellationToken);
}
