using Npgsql;
using NpgsqlTypes;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Storage;
using static Postfleet.Storage.Postgres.PostgresParameters;

namespace Postfleet.Spool.Postgres;

/// <summary>Columns of ids, queues, times and contents as parameters.</summary>
internal static class PostgresColumns
{
    public static void Add(NpgsqlBatch batch, string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters) command.Parameters.Add(parameter);
        batch.BatchCommands.Add(command);
    }

    public static NpgsqlParameter<Guid[]> Ids(IEnumerable<MessageId> ids) =>
        Column<Guid>(NpgsqlDbType.Uuid, [.. ids.Select(id => id.ToGuid())]);

    public static NpgsqlParameter<string[]> Texts(IEnumerable<QueueKey> keys) =>
        Column<string>(NpgsqlDbType.Text, [.. keys.Select(key => key.Value)]);

    public static NpgsqlParameter<int[]> Numbers(IEnumerable<int> numbers) => Column<int>(NpgsqlDbType.Integer, [.. numbers]);

    public static NpgsqlParameter<bool[]> Flags(IEnumerable<bool> flags) => Column<bool>(NpgsqlDbType.Boolean, [.. flags]);

    public static NpgsqlParameter<DateTime[]> Times(IEnumerable<DateTimeOffset> times) =>
        Column<DateTime>(NpgsqlDbType.TimestampTz, [.. times.Select(time => time.UtcDateTime)]);

    public static NpgsqlParameter<byte[][]> Bytes(IEnumerable<byte[]> values) => Column<byte[]>(NpgsqlDbType.Bytea, [.. values]);

    public static NpgsqlParameter<ReadOnlyMemory<byte>[]> Bodies(IEnumerable<EncodedMessage> messages) =>
        Column<ReadOnlyMemory<byte>>(NpgsqlDbType.Bytea, [.. messages.Select(message => message.Content.ToMemory())]);
}
