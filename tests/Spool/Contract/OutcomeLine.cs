using System.Globalization;
using Postfleet.Spool.History;
using Postfleet.Spool.History.Wire;

namespace Postfleet.Spool.Tests.Contract;

/// <summary>A row of outcomes as the tests' writers keep it.</summary>
internal static class OutcomeLine
{
    /// <summary>The columns of the tests' table: its key, and the rest as one text.</summary>
    public const string Table =
        "CREATE TABLE outcome_row (part text, number integer, recipient integer, line text, PRIMARY KEY (part, number, recipient))";

    public static string Of(HistoryEvent row) => string.Create(CultureInfo.InvariantCulture,
        $"{row.Number} {AddressOf(row)} {row.Kind} {row.Reply?.Code} {row.RemoteHost} {row.At:HH:mm:ss}");

    private static string AddressOf(HistoryEvent row) => row.Recipient.Length == 0 ? "?" : row.Recipient;

    /// <summary>The outcomes in entries.</summary>
    public static IReadOnlyList<HistoryEvent> EventsOf(IReadOnlyList<StoredHistoryEntry> entries)
    {
        List<HistoryEvent> events = [];
        foreach (var entry in entries) HistoryEvents.AddTo(events, entry);
        return [.. events.Where(one => one.Reply is not null)];
    }
}
