using System.Data.Common;
using Akka.Actor.Setup;

namespace Postfleet.Node.Cluster;

/// <summary>A row of the journal.</summary>
/// <param name="SequenceNumber">Its number.</param>
/// <param name="Created">When it was written, as the plugin counts time.</param>
/// <param name="Message">The event.</param>
/// <param name="Manifest">What it is.</param>
/// <param name="Serializer">Who reads it; null in no row that was written here.</param>
internal sealed record JournalRow(long SequenceNumber, long Created, byte[] Message, string Manifest, int? Serializer);

/// <summary>Reads the journal of the queues, which the plugin writes: two statements by its unique index. For both engines, of any number of threads.</summary>
/// <param name="open">Opens a connection of a pool.</param>
internal sealed class JournalReader(Func<CancellationToken, ValueTask<DbConnection>> open) : Setup
{
    private const string Highest = "SELECT max(sequence_number) FROM journal WHERE persistence_id = @id";

    // Deletion leaves the last row, marked: it keeps the number.
    private const string Events =
        """
        SELECT sequence_number, created, message, manifest, identifier FROM journal
        WHERE persistence_id = @id AND sequence_number >= @from AND sequence_number <= @to AND NOT deleted
        ORDER BY sequence_number LIMIT @max
        """;

    /// <summary>The highest number that was given to an entity; 0 when it has none.</summary>
    /// <exception cref="DbException">The database does not answer.</exception>
    public async Task<long> ReadHighestAsync(string persistenceId, CancellationToken cancellationToken)
    {
        await using var connection = await open(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = Highest;
        Add(command, "id", persistenceId);
        return await command.ExecuteScalarAsync(cancellationToken) is long highest ? highest : 0;
    }

    /// <summary>Reads the events of an entity, lowest number first.</summary>
    /// <param name="persistenceId">Whose.</param>
    /// <param name="from">The first number.</param>
    /// <param name="to">The last number.</param>
    /// <param name="max">Most rows.</param>
    /// <param name="take">Takes each row, one at a time.</param>
    /// <exception cref="DbException">The database does not answer.</exception>
    public async Task ReadAsync(string persistenceId, long from, long to, long max, Action<JournalRow> take)
    {
        await using var connection = await open(CancellationToken.None);
        await using var command = connection.CreateCommand();
        command.CommandText = Events;
        Add(command, "id", persistenceId);
        Add(command, "from", from);
        Add(command, "to", to);
        Add(command, "max", max);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            take(new JournalRow(
                reader.GetInt64(0), reader.GetInt64(1), reader.GetFieldValue<byte[]>(2), reader.IsDBNull(3) ? "" : reader.GetString(3),
                reader.IsDBNull(4) ? null : reader.GetInt32(4)));
        }
    }

    private static void Add(DbCommand command, string name, object value)
    {
        var parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = (name, value);
        command.Parameters.Add(parameter);
    }
}
