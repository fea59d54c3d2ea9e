using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;
using Postfleet.Spool.Storage;

namespace Postfleet.Spool.History;

/// <summary>The conditions of a search on single events, in the forms in which events are stored.</summary>
internal sealed class HistoryMatch
{
    private const int StatelessKinds = 1 << (int)HistoryKind.Dsn;

    private readonly List<ulong[]> _keys = [];

    /// <summary>Makes the conditions of a query.</summary>
    /// <param name="query">The query.</param>
    /// <param name="messages">The messages to which a Message-ID of a header was resolved; null for none.</param>
    public HistoryMatch(HistoryQuery query, IReadOnlyList<MessageId>? messages = null)
    {
        Messages = query.Message is not { } message ? messages : messages is null || messages.Contains(message) ? [message] : [];
        Recipient = query.Recipient?.Address;
        Sender = query.HasNullSender ? "" : query.Sender?.Address;
        Domain = query.Domain?.Value;
        Stream = query.Stream;
        Reply = query.Reply is { Length: > 0 } reply ? reply : null;
        Since = query.Since is { } since ? StoredTime.ToMicroseconds(since) : null;
        Until = query.Until is { } until ? StoredTime.ToMicroseconds(until) : null;
        Kinds = Enum.GetValues<HistoryKind>().Where(kind => HistoryStates.Of(kind) is { } state && (query.State ?? state) == state)
            .Aggregate(0, (kinds, kind) => kinds | 1 << (int)kind);
        AddKeys();
    }

    /// <summary>Makes the conditions of a reader of the feed.</summary>
    public HistoryMatch(FeedQuery query)
    {
        Kinds = query.Kinds?.Aggregate(0, (kinds, kind) => kinds | 1 << (int)kind) ?? ~0;
        Recipient = query.Recipient?.Address;
        Sender = query.HasNullSender ? "" : query.Sender?.Address;
        Domain = query.Domain?.Value;
        Stream = query.Stream;
        if (query.Queue is { } queue)
        {
            // A queue of another stream or domain than the query has no events of the query.
            if ((Stream ?? queue.Stream) != queue.Stream || (Domain ?? queue.Domain) != queue.Domain) Kinds = 0;
            (Stream, Domain) = (queue.Stream, queue.Domain);
        }

        AddKeys();
    }

    /// <summary>Makes the condition for all events of a message.</summary>
    public HistoryMatch(MessageId message)
    {
        Messages = [message];
        Kinds = ~0;
        AddKeys();
    }

    /// <summary>Makes the condition for acceptances with a Message-ID in the header.</summary>
    public HistoryMatch(string headerId)
    {
        HeaderMessageId = HeaderId.Normalize(headerId);
        Kinds = 1 << (int)HistoryKind.Accepted;
        AddKeys();
    }

    /// <summary>The messages; null for all.</summary>
    public IReadOnlyList<MessageId>? Messages { get; }

    /// <summary>The recipient's address; null for all.</summary>
    public string? Recipient { get; }

    /// <summary>The sender's address, empty for the null reverse-path; null for all.</summary>
    public string? Sender { get; }

    /// <summary>The recipient's domain; null for all.</summary>
    public string? Domain { get; }

    /// <summary>The stream; null for all.</summary>
    public string? Stream { get; }

    /// <summary>A text in the reply; null for all.</summary>
    public string? Reply { get; }

    /// <summary>The normalised Message-ID of the header; null for all.</summary>
    public string? HeaderMessageId { get; }

    /// <summary>The earliest time in microseconds; null for all.</summary>
    public long? Since { get; }

    /// <summary>The time in microseconds before which events happened; null for all.</summary>
    public long? Until { get; }

    /// <summary>The kinds as a set of bits, each at the number of its kind.</summary>
    public int Kinds { get; }

    /// <summary>Whether the condition excludes kinds with a state.</summary>
    public bool HasKinds => (~Kinds & ~StatelessKinds & AllKinds) != 0;

    /// <summary>Whether a condition has a rare value: an index then excludes most of the history.</summary>
    public bool IsSelective => _keys.Count > (Stream is null ? 0 : 1);

    private static int AllKinds { get; } = Enum.GetValues<HistoryKind>().Aggregate(0, (kinds, kind) => kinds | 1 << (int)kind);

    /// <summary>Whether an event meets the conditions.</summary>
    public bool Matches(HistoryEvent one)
    {
        if ((Kinds & 1 << (int)one.Kind) == 0) return false;
        if (Messages is not null && !Messages.Contains(one.Message)) return false;
        if (Recipient is not null && one.Recipient != Recipient) return false;
        if (Sender is not null && one.Sender != Sender) return false;
        if (Domain is not null && !one.Queue.DomainSpan.SequenceEqual(Domain)) return false;
        if (Stream is not null && !one.Queue.StreamSpan.SequenceEqual(Stream)) return false;
        if (HeaderMessageId is not null && HeaderId.Of(one) != HeaderMessageId) return false;
        if (Reply is not null && one.Reply?.Text.Contains(Reply, StringComparison.OrdinalIgnoreCase) != true) return false;
        var at = StoredTime.ToMicroseconds(one.At);
        return !(at < Since) && !(at >= Until);
    }

    /// <summary>Whether a block of events may hold a matching event.</summary>
    /// <param name="keys">The filter of the block.</param>
    /// <param name="kinds">The kinds in the block as a set of bits.</param>
    /// <param name="minAt">The time of its oldest event.</param>
    /// <param name="maxAt">The time of its newest event.</param>
    public bool MayMatch(ReadOnlySpan<byte> keys, int kinds, long minAt, long maxAt)
    {
        if ((kinds & Kinds) == 0 || maxAt < Since || minAt >= Until) return false;
        foreach (var alternatives in _keys)
        {
            var isThere = false;
            foreach (var key in alternatives) isThere |= HistoryKeys.MayHave(keys, key);
            if (!isThere) return false;
        }

        return true;
    }

    private void AddKeys()
    {
        if (Messages is not null) _keys.Add([.. Messages.Select(HistoryKeys.Of)]);
        if (Recipient is not null) _keys.Add([HistoryKeys.OfRecipient(Recipient)]);
        if (Sender is not null) _keys.Add([HistoryKeys.OfSender(Sender)]);
        if (Domain is not null) _keys.Add([HistoryKeys.OfDomain(Domain)]);
        if (Stream is not null) _keys.Add([HistoryKeys.OfStream(Stream)]);
        if (HeaderMessageId is not null) _keys.Add([HistoryKeys.OfHeaderId(HeaderMessageId)]);
    }
}
