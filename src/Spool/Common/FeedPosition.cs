using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Postfleet.Core.Queueing;

namespace Postfleet.Spool.Common;

/// <summary>
/// A place between two events of the feed (<see cref="IEventFeed"/>). Its text is opaque to clients, holds for all nodes on the same
/// storage, and survives restarts.
/// </summary>
public readonly record struct FeedPosition : IComparable<FeedPosition>
{
    // Longer than the longest position. The bound limits the work for a caller's text.
    private const int MaxText = 1000;

    /// <summary>The letter of the engine: an order has no meaning in another engine.</summary>
    internal char Engine { get; init; }

    /// <summary>All events of transactions with a smaller number are before the position.</summary>
    internal long Transaction { get; init; }

    /// <summary>The last event before the position in the transaction; null if all its events are after the position.</summary>
    internal FeedKey? Key { get; init; }

    /// <summary>What is known about the times of later events; unused on SQLite.</summary>
    internal FeedBound Bound { get; init; }

    /// <summary>Reads the text of a position.</summary>
    /// <exception cref="FeedPositionException">The text is no position.</exception>
    public static FeedPosition Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > MaxText || !Base64Url.IsValid(text)) throw new FeedPositionException();
        var fields = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)).Split(' ', 11);
        if (fields.Length is not (6 or 11) || fields[0] is not [var engine, '1'] || ReadKey(fields) is not (var key, true)
            || !TryRead(fields[1], out var transaction) || !TryRead(fields[2], out var since) || !TryRead(fields[3], out var next)
            || !TryRead(fields[4], out var nextAt) || !TryRead(fields[5], out var gap))
            throw new FeedPositionException();
        var position = new FeedPosition
        {
            Engine = engine,
            Transaction = transaction,
            Key = key,
            Bound = new FeedBound(since, next, nextAt, gap),
        };
        // Only texts that were once given. The database takes no text with NUL.
        return position.ToString() == text && key?.Queue.Any(char.IsControl) != true ? position : throw new FeedPositionException();
    }

    /// <inheritdoc/>
    public int CompareTo(FeedPosition other) =>
        Transaction != other.Transaction ? Transaction.CompareTo(other.Transaction)
        : Key is not { } key ? other.Key is null ? 0 : -1
        : other.Key is { } otherKey ? key.CompareTo(otherKey) : 1;

    /// <summary>The text.</summary>
    public override string ToString()
    {
        var place = string.Create(
            CultureInfo.InvariantCulture, $"{Engine}1 {Transaction} {Bound.Since} {Bound.Next} {Bound.NextAt} {Bound.Gap}");
        if (Key is { } key)
        {
            place += string.Create(
                CultureInfo.InvariantCulture, $" {key.Message} {key.Number} {key.Kind} {key.Recipient} {key.Queue}");
        }

        return Base64Url.EncodeToString(Encoding.UTF8.GetBytes(place));
    }

    /// <summary>Whether a position is before another.</summary>
    public static bool operator <(FeedPosition left, FeedPosition right) => left.CompareTo(right) < 0;

    /// <summary>Whether a position is before or at another.</summary>
    public static bool operator <=(FeedPosition left, FeedPosition right) => left.CompareTo(right) <= 0;

    /// <summary>Whether a position is after another.</summary>
    public static bool operator >(FeedPosition left, FeedPosition right) => left.CompareTo(right) > 0;

    /// <summary>Whether a position is after or at another.</summary>
    public static bool operator >=(FeedPosition left, FeedPosition right) => left.CompareTo(right) >= 0;

    private static (FeedKey? Key, bool IsValid) ReadKey(string[] fields)
    {
        if (fields.Length == 6) return (null, true);
        return MessageId.TryParse(fields[6], out var message) && TryRead(fields[7], out var number) && TryRead(fields[8], out var kind)
            && TryRead(fields[9], out var recipient) && (number | kind | recipient) <= int.MaxValue
            ? (new FeedKey(message, (int)number, (int)kind, (int)recipient, fields[10]), true) : (null, false);
    }

    private static bool TryRead(string text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
