using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;
using Postfleet.Testing;

namespace Postfleet.EndToEnd.Tests.Relay;

/// <summary>Counts rows in a node's tables directly, because settled mail must also be gone from the storage.</summary>
internal sealed class StorageProbe(NodeSpec spec, PostfleetNode node)
{
    /// <summary>Waits until spool and queues hold no message.</summary>
    public async Task WaitSettledAsync(TimeSpan timeout)
    {
        (long Messages, long Parts) last = default;
        await Eventually.True(
            async () => (last = (await CountAsync("message"), await CountAsync("part"))) == (0, 0),
            timeout,
            () => node.Process.Failure($"the spool still holds {last.Messages} messages, {last.Parts} parts").Message);
        await node.WaitEmptyAsync(timeout);
    }

    /// <summary>Waits until the journal has only one row for each queue, marked as deleted, which keeps the last sequence number.</summary>
    /// <param name="queues">The number of queues.</param>
    /// <param name="timeout">The longest wait.</param>
    public async Task WaitJournalEmptyAsync(int queues, TimeSpan timeout)
    {
        (long Rows, long Deleted) last = default;
        await Eventually.True(
            async () =>
            {
                last = (await CountAsync("journal"), await CountAsync("journal", spec.Postgres is null ? "deleted = 1" : "deleted"));
                return last.Rows == last.Deleted && last.Rows <= queues;
            },
            timeout,
            () => node.Process.Failure($"the journal still holds {last.Rows} rows, {last.Deleted} of them deleted").Message);
    }

    /// <summary>The rows of a table.</summary>
    /// <exception cref="InvalidOperationException">No database of the node has the table.</exception>
    public async Task<long> CountAsync(string table, string condition = "true")
    {
        if (spec.Postgres is { } database)
        {
            await using var postgres = new NpgsqlConnection(database + ";Pooling=false");
            await postgres.OpenAsync();
            return await ScalarAsync(postgres, $"SELECT count(*) FROM \"{table}\" WHERE {condition}");
        }

        foreach (var file in Directory.GetFiles(node.Data, "*.db", SearchOption.AllDirectories))
        {
            await using var sqlite = new SqliteConnection($"Data Source={file};Mode=ReadOnly;Pooling=False");
            await sqlite.OpenAsync();
            if (await ScalarAsync(sqlite, $"SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = '{table}'") == 1)
            {
                return await ScalarAsync(sqlite, $"SELECT count(*) FROM \"{table}\" WHERE {condition}");
            }
        }

        throw new InvalidOperationException($"no table '{table}' below {node.Data}");
    }

    private static async Task<long> ScalarAsync(DbConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
