using Npgsql;
using Postfleet.Storage.Postgres;

namespace Postfleet.Journal.Reading;

/// <summary>Reads the journals in PostgreSQL.</summary>
internal sealed class PostgresJournalReader(Lazy<PostgresPool> pool) : JournalReader
{
    public override async Task<HighestNumber> ReadHighestAsync(string table, string persistenceId, CancellationToken cancellationToken)
    {
        await using var connection = await pool.Value.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(Highest(table), connection);
        command.Parameters.AddWithValue("id", persistenceId);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return reader.IsDBNull(0) ? new HighestNumber(reader.GetInt64(1), false) : new HighestNumber(reader.GetInt64(0), true);
    }

    public override async Task ReadAsync(string table, string persistenceId, long from, long to, long max, Action<JournalRow> onRow)
    {
        await using var connection = await pool.Value.OpenAsync();
        await using var command = new NpgsqlCommand(Events(table), connection);
        command.Parameters.AddWithValue("id", persistenceId);
        command.Parameters.AddWithValue("from", from);
        command.Parameters.AddWithValue("to", to);
        command.Parameters.AddWithValue("max", max);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            onRow(new JournalRow(
                reader.GetInt64(0), reader.GetInt64(1), reader.GetFieldValue<byte[]>(2), reader.IsDBNull(3) ? "" : reader.GetString(3),
                reader.IsDBNull(4) ? null : reader.GetInt32(4)));
        }
    }
}
