using Postfleet.Core.Queueing;

namespace Postfleet.Spool.Common;

/// <summary>The place of an event among the events of its transaction.</summary>
/// <param name="Message">The message (PostgreSQL).</param>
/// <param name="Number">The number of the event (PostgreSQL), or the place in the transaction (SQLite).</param>
/// <param name="Kind">The kind (PostgreSQL).</param>
/// <param name="Recipient">The index of the recipient (PostgreSQL).</param>
/// <param name="Queue">The queue (PostgreSQL).</param>
internal readonly record struct FeedKey(MessageId Message, int Number, int Kind, int Recipient, string Queue) : IComparable<FeedKey>
{
    public int CompareTo(FeedKey other)
    {
        var order = Message.CompareTo(other.Message);
        if (order == 0) order = Number.CompareTo(other.Number);
        if (order == 0) order = Kind.CompareTo(other.Kind);
        if (order == 0) order = string.CompareOrdinal(Queue, other.Queue);
        return order != 0 ? order : Recipient.CompareTo(other.Recipient);
    }
}

/// <summary>
/// What a position knows about the transactions after it. PostgreSQL gives numbers to transactions in the order of their first write, so
/// a number read at some time divides the transactions before and after the time. Times are seconds since 1970 by the database's clock.
/// </summary>
/// <param name="Since">No transaction from the position on got its number before this time.</param>
/// <param name="Next">The next free number at <paramref name="NextAt"/>: once the position is at or above the number, the time becomes
/// <paramref name="Since"/>.</param>
/// <param name="NextAt">When <paramref name="Next"/> was read.</param>
/// <param name="Gap">The last transaction that dropped events and was reported to the reader; 0 for none.</param>
internal readonly record struct FeedBound(long Since, long Next, long NextAt, long Gap);
