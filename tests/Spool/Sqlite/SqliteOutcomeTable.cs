using Postfleet.Spool.History.Wire;
using Postfleet.Spool.Sqlite;
using Postfleet.Spool.Tests.Contract;
using Postfleet.Storage.Sqlite;

namespace Postfleet.Spool.Tests.Sqlite;

/// <summary>A writer of outcomes for tests.</summary>
internal sealed class SqliteOutcomeTable(Action<HistoryEvent> fault) : ISqliteOutcomeWriter
{
    public HistoryKeep Keep => HistoryKeep.All;

    public void Write(SqliteSession session, IReadOnlyList<StoredHistoryEntry> entries)
    {
        var insert = session.Prepare(
            "INSERT INTO outcome_row (part, number, recipient, line) VALUES (?1, ?2, ?3, ?4)");
        foreach (var row in OutcomeLine.EventsOf(entries))
        {
            insert.Bind(1, $"{row.Message}/{row.Queue}").Bind(2, row.Number).Bind(3, row.RecipientIndex).Bind(4, OutcomeLine.Of(row)).Run();
            fault(row);
        }
    }
}
