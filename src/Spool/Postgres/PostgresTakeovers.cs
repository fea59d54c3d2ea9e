using Npgsql;
using NpgsqlTypes;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Commit;
using Postfleet.Spool.Common;
using Postfleet.Spool.History;
using Postfleet.Storage.Postgres;
using static Postfleet.Storage.Postgres.PostgresParameters;

namespace Postfleet.Spool.Postgres;

/// <summary>
/// The changes of owner in the shared history: a small table beside the partitions. <see cref="PostgresHistory"/> owns it.
/// </summary>
/// <param name="readers">The readers of the history.</param>
/// <param name="writePool">Makes a connection for a batch, which no write of mail waits for.</param>
internal sealed class PostgresTakeovers(PostgresReaders readers, PostgresPool writePool) : ITakeoverHistory
{
    /// <summary>
    /// A step of the schema. The key finds the rows of a queue and keeps a change from being written twice; the number of a row tells which
    /// are the oldest.
    /// </summary>
    public const string Table =
        """
        CREATE TABLE history_takeover (
          id           bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
          queue_key    text COLLATE "C" NOT NULL,
          number       bigint NOT NULL,
          at           timestamptz NOT NULL,
          owner        text COLLATE "C" NOT NULL,
          former_owner text COLLATE "C" NOT NULL,
          reason       smallint NOT NULL,
          PRIMARY KEY (queue_key, number, owner)
        );
        CREATE UNIQUE INDEX history_takeover_id ON history_takeover (id);
        """;

    // A statement of this length takes milliseconds.
    private const int RowsPerStatement = 1000;

    // Rows with the octets of their entries in two indexes, about as long as they are.
    private const int BytesPerRow = 250;
    private const int PartOfHistory = 20;
    private const int MaxRows = 2_000_000;
    private const int RowsPerDeletion = 5000;
    private const int DeletionsPerSweep = 200;

    private const string Insert =
        """
        INSERT INTO history_takeover (queue_key, number, at, owner, former_owner, reason)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
        """;

    private const string Find =
        """
        SELECT found.queue_key, found.number, found.at, found.owner, found.former_owner, found.reason
        FROM unnest($1, $2, $3) AS stay (queue_key, since, until), LATERAL (
          SELECT * FROM history_takeover t WHERE t.queue_key = stay.queue_key AND t.at BETWEEN stay.since AND stay.until
          ORDER BY t.at LIMIT $4) found
        ORDER BY found.at, found.queue_key, found.number LIMIT $4
        """;

    // Of the oldest rows, in the order of their writing: a row with a time in the future delays none but itself.
    private const string Delete =
        """
        DELETE FROM history_takeover WHERE id = ANY (ARRAY (
          SELECT id FROM (SELECT id, at FROM history_takeover ORDER BY id LIMIT $3) oldest
          WHERE at < $1 OR id <= (SELECT max(id) FROM history_takeover) - $2))
        """;

    /// <inheritdoc/>
    public bool KeepsTakeovers => true;

    /// <inheritdoc/>
    public async ValueTask RecordAsync(IReadOnlyList<QueueTakeover> takeovers, CancellationToken cancellationToken)
    {
        await StorageQueries.RunAsync(async () =>
        {
            await using var connection = await writePool.OpenAsync(cancellationToken);
            foreach (var rows in takeovers.Chunk(RowsPerStatement)) await InsertAsync(connection, rows, cancellationToken);
            return true;
        });
    }

    /// <inheritdoc/>
    public async ValueTask<IReadOnlyList<QueueTakeover>> FindAsync(
        IReadOnlyList<QueueStay> stays, CancellationToken cancellationToken) =>
        stays.Count == 0 ? [] : await StorageQueries.RunAsync(
            () => readers.RunAsync(connection => FindAsync(connection, stays, cancellationToken), cancellationToken));

    /// <summary>Deletes rows beyond the bounds of the history, the oldest first and in pieces.</summary>
    public static async Task SweepAsync(
        NpgsqlConnection connection, DateTimeOffset now, HistoryBounds bounds, CancellationToken cancellationToken)
    {
        var most = Math.Min(MaxRows, bounds.MaxBytes / PartOfHistory / BytesPerRow);
        for (var i = 0; i < DeletionsPerSweep; i++)
        {
            await using var command = new NpgsqlCommand(Delete, connection);
            command.Parameters.Add(Value((now - bounds.Retention).UtcDateTime));
            command.Parameters.Add(Value(most));
            command.Parameters.Add(Value(RowsPerDeletion));
            if (await command.ExecuteNonQueryAsync(cancellationToken) < RowsPerDeletion) return;
        }
    }

    private static async Task InsertAsync(NpgsqlConnection connection, QueueTakeover[] rows, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Insert, connection);
        command.Parameters.Add(Column(NpgsqlDbType.Text, Array.ConvertAll(rows, row => row.Queue.Value)));
        command.Parameters.Add(Column(NpgsqlDbType.Bigint, Array.ConvertAll(rows, row => row.Number)));
        command.Parameters.Add(Column(NpgsqlDbType.TimestampTz, Array.ConvertAll(rows, row => row.At.UtcDateTime)));
        command.Parameters.Add(Column(NpgsqlDbType.Text, Array.ConvertAll(rows, row => row.Owner)));
        command.Parameters.Add(Column(NpgsqlDbType.Text, Array.ConvertAll(rows, row => row.FormerOwner)));
        command.Parameters.Add(Column(NpgsqlDbType.Smallint, Array.ConvertAll(rows, row => (short)row.Reason)));
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<IReadOnlyList<QueueTakeover>> FindAsync(
        NpgsqlConnection connection, IReadOnlyList<QueueStay> stays, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Find, connection);
        command.Parameters.Add(Column(NpgsqlDbType.Text, stays.Select(stay => stay.Queue.Value).ToArray()));
        command.Parameters.Add(Column(NpgsqlDbType.TimestampTz, stays.Select(stay => stay.From.UtcDateTime).ToArray()));
        command.Parameters.Add(Column(NpgsqlDbType.TimestampTz, stays.Select(stay => stay.To.UtcDateTime).ToArray()));
        command.Parameters.Add(Value(ITakeoverHistory.MaxFound));
        List<QueueTakeover> found = [];
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            found.Add(new QueueTakeover(
                QueueKey.FromTrusted(reader.GetString(0)), reader.GetInt64(1), new DateTimeOffset(reader.GetDateTime(2)),
                reader.GetString(3), reader.GetString(4), (TakeoverReason)reader.GetInt16(5)));
        }

        return found;
    }
}
