using Microsoft.Data.Sqlite;
using Postfleet.Journal.Common;
using Postfleet.Storage.Sqlite;

namespace Postfleet.Journal.Sweeping;

/// <summary>
/// Sweeps the queues' journal in its SQLite file on a connection of its own. The sweep and the writer wait for each other's transactions.
/// </summary>
internal sealed class SqliteJournalSweep(string file) : JournalSweep
{
    protected override Task<List<SweptRow>> ReadAsync(long after, int rows, CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            using var session = Open();
            var statement = session.Prepare(Page).Bind(1, after).Bind(2, rows);
            List<SweptRow> page = [];
            while (statement.Step())
                page.Add(new SweptRow(statement.GetInt64(0), statement.GetInt64(1), statement.GetInt64(2) != 0, statement.GetInt64(3)));
            statement.Reset();
            return page;
        },
        cancellationToken);

    protected override Task<int> DeleteAsync(long[] places, long highest, CancellationToken cancellationToken) => Task.Run(
        () =>
        {
            using var session = Open();
            session.Prepare("BEGIN IMMEDIATE").Run();
            session.Prepare(
                $"UPDATE {JournalSchema.FloorTable} SET number = ?1 WHERE journal = '{JournalSchema.QueueTable}' AND number < ?2")
                .Bind(1, JournalFloor.Above(highest)).Bind(2, highest).Run();
            var delete = session.Prepare($"DELETE FROM {JournalSchema.QueueTable} WHERE ordering = ?1 AND deleted");
            var swept = places.Sum(place => delete.Bind(1, place).Run());
            session.Prepare("COMMIT").Run();
            return swept;
        },
        cancellationToken);

    // A failed transaction is rolled back when its connection closes.
    private SqliteSession Open() => SqliteSession.Open(file, SqliteOpenMode.ReadWrite, SqlitePragmas.Writer);
}
