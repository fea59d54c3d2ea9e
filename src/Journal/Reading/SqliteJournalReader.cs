using Microsoft.Data.Sqlite;
using Postfleet.Storage.Sqlite;

namespace Postfleet.Journal.Reading;

/// <summary>
/// Reads the journals in their SQLite file with prepared statements, since a hundred thousand queues may start one after another.
/// </summary>
internal sealed class SqliteJournalReader : JournalReader, IAsyncDisposable
{
    // The cache of 8 MB holds the inner index pages of a million rows.
    private const string Settings = "PRAGMA query_only=ON; PRAGMA busy_timeout=20000; PRAGMA cache_size=-8192;";

    private readonly SqliteReaders _readers;

    public SqliteJournalReader(string file) =>
        _readers = new SqliteReaders(() => SqliteSession.Open(file, SqliteOpenMode.ReadWrite, Settings));

    public override async Task<HighestNumber> ReadHighestAsync(string table, string persistenceId, CancellationToken cancellationToken) =>
        await _readers.RunAsync(
        session =>
        {
            var statement = session.Prepare(Highest(table)).Bind(1, persistenceId);
            statement.Step();
            var end = statement.IsNull(0) ? new HighestNumber(statement.GetInt64(1), false)
                : new HighestNumber(statement.GetInt64(0), true);
            statement.Reset();
            return end;
        },
        cancellationToken);

    public override async Task ReadAsync(string table, string persistenceId, long from, long to, long max, Action<JournalRow> onRow) =>
        await _readers.RunAsync(
        session =>
        {
            var statement = session.Prepare(Events(table)).Bind(1, persistenceId).Bind(2, from).Bind(3, to).Bind(4, max);
            try
            {
                while (statement.Step()) onRow(ToRow(statement));
            }
            finally
            {
                statement.Reset();
            }

            return true;
        },
        CancellationToken.None);

    public ValueTask DisposeAsync() => _readers.DisposeAsync();

    private static JournalRow ToRow(SqliteStatement row) => new(
        row.GetInt64(0), row.GetInt64(1), row.GetBlob(2).ToArray(), row.IsNull(3) ? "" : row.GetText(3), row.IsNull(4) ? null
            : (int)row.GetInt64(4));
}
