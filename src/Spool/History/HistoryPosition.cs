using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;

namespace Postfleet.Spool.History;

/// <summary>
/// The place of an event in the order of an engine. A walk back through the history continues with the events before it. Its text form is
/// the cursor of a search.
/// </summary>
/// <param name="Major">The first number of the order: a time in microseconds (PostgreSQL), or the number of a transaction (SQLite).</param>
/// <param name="Message">The message (PostgreSQL).</param>
/// <param name="Minor">The number of the event (PostgreSQL), or the place in the transaction (SQLite).</param>
/// <param name="Recipient">The index of the recipient (PostgreSQL).</param>
/// <param name="Queue">The queue (PostgreSQL).</param>
internal readonly record struct HistoryPosition(long Major, MessageId Message, int Minor, int Recipient, string Queue)
{
    // Longer than the longest queue key. The bound limits the work for a caller's text.
    private const int MaxText = 1000;

    /// <summary>The position before all events whose first number is not less than a number.</summary>
    public static HistoryPosition Before(long major) => new(major, default, int.MinValue, 0, "");

    /// <summary>The cursor.</summary>
    /// <param name="engine">A letter for the engine: an order has no meaning in another engine.</param>
    public string ToCursor(char engine) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture, $"{engine} {Major} {Message} {Minor} {Recipient} {Queue}")));

    /// <summary>Reads a cursor.</summary>
    /// <exception cref="HistoryCursorException">The text is no cursor of the engine.</exception>
    public static HistoryPosition Parse(string cursor, char engine)
    {
        if (cursor.Length > MaxText || !Base64Url.IsValid(cursor)) throw new HistoryCursorException();
        var fields = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor)).Split(' ', 6);
        if (fields.Length == 6 && fields[0].Length == 1 && fields[0][0] == engine
            && long.TryParse(fields[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var major)
            && MessageId.TryParse(fields[2], out var message)
            && int.TryParse(fields[3], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var minor)
            && int.TryParse(fields[4], NumberStyles.None, CultureInfo.InvariantCulture, out var recipient))
        {
            var position = new HistoryPosition(major, message, minor, recipient, fields[5]);
            // A search compares the queue in the database, which takes no text with NUL.
            if (position.ToCursor(engine) == cursor && !fields[5].Any(char.IsControl)) return position;
        }

        throw new HistoryCursorException();
    }
}

/// <summary>An event with its place.</summary>
internal readonly record struct FoundEvent(HistoryEvent Event, HistoryPosition Position);

/// <summary>Events of a walk back, the newest first.</summary>
/// <param name="Events">The events.</param>
/// <param name="Next">Where the walk continues; null at the end of the history.</param>
internal sealed record HistoryChunk(IReadOnlyList<FoundEvent> Events, HistoryPosition? Next);

/// <summary>A part in the spool.</summary>
/// <param name="Recipients">How many recipients it has.</param>
/// <param name="Number">The number of its last event in the history; 0 if only its acceptance is there.</param>
internal readonly record struct PartProgress(int Recipients, int Number);
