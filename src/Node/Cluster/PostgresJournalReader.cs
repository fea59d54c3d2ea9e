using Npgsql;

namespace Postfleet.Node.Cluster;

/// <summary>Reads the journals in PostgreSQL.</summary>
internal sealed class PostgresJournalReader(Lazy<NpgsqlDataSource> pool) : JournalReader
{
    public override async Task<long> ReadHighestAsync(string table, string persistenceId, CancellationToken cancellationToken)
    {
        await using var command = pool.Value.CreateCommand(Highest(table));
        command.Parameters.AddWithValue("id", persistenceId);
        return await command.ExecuteScalarAsync(cancellationToken) is long highest ? highest : 0;
    }

    public override async Task ReadAsync(string table, string persistenceId, long from, long to, long max, Action<JournalRow> take)
    {
        await using var command = pool.Value.CreateCommand(Events(table));
        command.Parameters.AddWithValue("id", persistenceId);
        command.Parameters.AddWithValue("from", from);
        command.Parameters.AddWithValue("to", to);
        command.Parameters.AddWithValue("max", max);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            take(new JournalRow(
                reader.GetInt64(0), reader.GetInt64(1), reader.GetFieldValue<byte[]>(2), reader.IsDBNull(3) ? "" : reader.GetString(3),
                reader.IsDBNull(4) ? null : reader.GetInt32(4)));
        }
    }
}
