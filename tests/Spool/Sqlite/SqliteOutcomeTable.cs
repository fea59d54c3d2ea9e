using Postfleet.Spool.Commit;
using Postfleet.Spool.Sqlite;
using Postfleet.Spool.Tests.Contract;
using Postfleet.Storage.Sqlite;

namespace Postfleet.Spool.Tests.Sqlite;

/// <summary>A writer of outcomes for tests.</summary>
internal sealed class SqliteOutcomeTable(Action<OutcomeRow> fault) : ISqliteOutcomeWriter
{
    public void Write(SqliteSession session, IReadOnlyList<OutcomeRow> rows)
    {
        var insert = session.Prepare(
            "INSERT INTO outcome_row (part, number, recipient, line) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING");
        foreach (var row in rows)
        {
            insert.Bind(1, row.Part.ToString()).Bind(2, row.Number).Bind(3, row.Recipient).Bind(4, OutcomeLine.Of(row)).Run();
            fault(row);
        }
    }
}
