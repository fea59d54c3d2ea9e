using System.Data.Common;
using System.Runtime.CompilerServices;
using LinqToDB.Interceptors;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Postfleet.Journal.Plugin;

/// <summary>
/// Makes the embedded journal's writes asynchronous, and sets each connection up. SQLite's provider is synchronous, so that a write would
/// complete inside the stream stage that should gather the next batch meanwhile, and every entity's write would commit by itself; one yield
/// at opening lets offers collect, and the same load commits in batches (measured at seven to ten times the events a second over 5,000
/// entities).
/// </summary>
internal sealed class YieldOnOpen : ConnectionInterceptor
{
    // FULL: a commit is on stable storage when it returns. busy_timeout: the journal's own deletions and writes wait for each other inside
    // SQLite, in microseconds, where the provider would sleep. The log is folded back each 32 MB: most rows are deleted soon.
    public const string Pragmas =
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=20000; PRAGMA wal_autocheckpoint=8192; PRAGMA journal_size_limit=67108864;";

    private static readonly ConditionalWeakTable<sqlite3, sqlite3> SetUpBefore = [];

    public override async Task ConnectionOpeningAsync(
        ConnectionEventData eventData, DbConnection connection, CancellationToken cancellationToken) => await Task.Yield();

    public override void ConnectionOpened(ConnectionEventData eventData, DbConnection connection) => SetUp(connection);

    public override Task ConnectionOpenedAsync(ConnectionEventData eventData, DbConnection connection, CancellationToken cancellationToken)
    {
        SetUp(connection);
        return Task.CompletedTask;
    }

    /// <summary>Tells an open connection its settings, unless its handle, which the pool keeps, has them from an earlier opening.</summary>
    private static void SetUp(DbConnection connection)
    {
        var handle = ((SqliteConnection)connection).Handle!;
        if (SetUpBefore.TryGetValue(handle, out _)) return;
        using var command = connection.CreateCommand();
        command.CommandText = Pragmas;
        command.ExecuteNonQuery();
        SetUpBefore.AddOrUpdate(handle, handle);
    }
}
