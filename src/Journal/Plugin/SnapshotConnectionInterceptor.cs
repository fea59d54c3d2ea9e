using System.Data.Common;
using System.Runtime.CompilerServices;
using LinqToDB.Interceptors;
using Microsoft.Data.Sqlite;
using Postfleet.Journal.Common;
using SQLitePCL;

namespace Postfleet.Journal.Plugin;

/// <summary>
/// Prepares the SQLite connections of the sharding's snapshot store, the only part of Akka.Persistence.Sql in use. It applies the pragmas,
/// and yields before a connection opens: the provider is synchronous and would block the snapshot store's actor.
/// </summary>
internal sealed class SnapshotConnectionInterceptor : ConnectionInterceptor
{
    private static readonly ConditionalWeakTable<sqlite3, sqlite3> Prepared = [];

    public override async Task ConnectionOpeningAsync(
        ConnectionEventData eventData, DbConnection connection, CancellationToken cancellationToken) => await Task.Yield();

    public override void ConnectionOpened(ConnectionEventData eventData, DbConnection connection) => Prepare(connection);

    public override Task ConnectionOpenedAsync(ConnectionEventData eventData, DbConnection connection, CancellationToken cancellationToken)
    {
        Prepare(connection);
        return Task.CompletedTask;
    }

    /// <summary>Applies the pragmas to a connection, unless its pooled handle has them from an earlier opening.</summary>
    private static void Prepare(DbConnection connection)
    {
        var handle = ((SqliteConnection)connection).Handle!;
        if (Prepared.TryGetValue(handle, out _)) return;
        using var command = connection.CreateCommand();
        command.CommandText = SqlitePragmas.Writer;
        command.ExecuteNonQuery();
        Prepared.AddOrUpdate(handle, handle);
    }
}
