using Npgsql;
using NpgsqlTypes;
using Postfleet.Spool.Commit;
using Postfleet.Spool.Common;
using Postfleet.Storage.Postgres;
using static Postfleet.Storage.Postgres.PostgresParameters;

namespace Postfleet.Spool.Postgres;

/// <summary>The counts for reports in the shared spool. <see cref="PostgresStorage"/> owns it.</summary>
/// <param name="readers">The readers.</param>
/// <param name="writers">Connections for changes.</param>
internal sealed class PostgresReportCounts(PostgresReaders readers, ConnectionGate writers) : IReportCountStorage
{
    /// <summary>Days are counted from the year 1.</summary>
    public const string Table =
        """
        CREATE TABLE report_count (
          kind    smallint NOT NULL,
          day     integer NOT NULL,
          subject text COLLATE "C" NOT NULL,
          hash    bytea NOT NULL,
          data    bytea NOT NULL,
          count   bigint NOT NULL,
          PRIMARY KEY (kind, day, subject, hash)
        );
        """;

    // In the order of the key: nodes that add the same rows do not wait for each other in a circle.
    private const string Add =
        """
        INSERT INTO report_count (kind, day, subject, hash, data, count)
        SELECT $1, r.day, r.subject, r.hash, r.data, r.count
        FROM unnest($2::integer[], $3::text[], $4::bytea[], $5::bytea[], $6::bigint[]) AS r (day, subject, hash, data, count)
        ORDER BY r.day, r.subject COLLATE "C", r.hash
        ON CONFLICT (kind, day, subject, hash) DO UPDATE SET count = report_count.count + excluded.count
        """;

    private const string List =
        """
        SELECT DISTINCT day, subject FROM report_count WHERE kind = $1 AND day < $2 AND (day, subject) > ($3, $4)
        ORDER BY day, subject LIMIT $5
        """;

    private const string Read =
        """
        SELECT hash, data, count FROM report_count WHERE kind = $1 AND day = $2 AND subject = $3
        ORDER BY count DESC, hash LIMIT $4
        """;

    // In the order of the key, as the additions. A row that was counted since keeps what was added.
    private const string Delete =
        """
        WITH r AS MATERIALIZED (
          SELECT c.kind, c.day, c.subject, c.hash, r.count
          FROM unnest($2::integer[], $3::text[], $4::bytea[], $5::bigint[]) AS r (day, subject, hash, count)
          JOIN LATERAL (
            SELECT kind, day, subject, hash FROM report_count
            WHERE kind = $1 AND day = r.day AND subject = r.subject AND hash = r.hash FOR UPDATE) c ON true
          ORDER BY r.day, r.subject COLLATE "C", r.hash),
        lowered AS (
          UPDATE report_count t SET count = t.count - r.count FROM r
          WHERE (t.kind, t.day, t.subject, t.hash) = (r.kind, r.day, r.subject, r.hash) AND t.count > r.count)
        DELETE FROM report_count t USING r
        WHERE (t.kind, t.day, t.subject, t.hash) = (r.kind, r.day, r.subject, r.hash) AND t.count <= r.count
        """;

    /// <inheritdoc/>
    public Task AddAsync(ReportCountKind kind, IReadOnlyList<ReportCount> rows, CancellationToken cancellationToken) => ChangeAsync(
        Add,
        cancellationToken,
        Value((short)kind),
        Column<int>(NpgsqlDbType.Integer, [.. rows.Select(row => row.Key.Day.DayNumber)]),
        Column<string>(NpgsqlDbType.Text, [.. rows.Select(row => row.Key.Subject)]),
        Column<byte[]>(NpgsqlDbType.Bytea, [.. rows.Select(row => row.Hash.ToArray())]),
        Column<byte[]>(NpgsqlDbType.Bytea, [.. rows.Select(row => row.Data.ToArray())]),
        Column<long>(NpgsqlDbType.Bigint, [.. rows.Select(row => row.Count)]));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ReportCountKey>> ListAsync(
        ReportCountKind kind, DateOnly before, ReportCountKey? after, int limit, CancellationToken cancellationToken) =>
        ReadAsync(
            List,
            reader => new ReportCountKey(DateOnly.FromDayNumber(reader.GetInt32(0)), reader.GetString(1)),
            cancellationToken,
            Value((short)kind),
            Value(before.DayNumber),
            Value(after?.Day.DayNumber ?? -1),
            Value(after?.Subject ?? ""),
            Value(limit));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ReportCount>> ReadAsync(
        ReportCountKind kind, ReportCountKey key, int limit, CancellationToken cancellationToken) =>
        ReadAsync(
            Read,
            reader => new ReportCount(key, reader.GetFieldValue<byte[]>(0), reader.GetFieldValue<byte[]>(1), reader.GetInt64(2)),
            cancellationToken,
            Value((short)kind),
            Value(key.Day.DayNumber),
            Value(key.Subject),
            Value(limit));

    /// <inheritdoc/>
    public Task DeleteAsync(ReportCountKind kind, IReadOnlyList<ReportCount> rows, CancellationToken cancellationToken) => ChangeAsync(
        Delete,
        cancellationToken,
        Value((short)kind),
        Column<int>(NpgsqlDbType.Integer, [.. rows.Select(row => row.Key.Day.DayNumber)]),
        Column<string>(NpgsqlDbType.Text, [.. rows.Select(row => row.Key.Subject)]),
        Column<byte[]>(NpgsqlDbType.Bytea, [.. rows.Select(row => row.Hash.ToArray())]),
        Column<long>(NpgsqlDbType.Bigint, [.. rows.Select(row => row.Count)]));

    private async Task ChangeAsync(string sql, CancellationToken cancellationToken, params NpgsqlParameter[] parameters)
    {
        await using var connection = await writers.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        await writers.NotedAsync(() => command.ExecuteNonQueryAsync(cancellationToken));
    }

    private ValueTask<IReadOnlyList<T>> ReadAsync<T>(
        string sql, Func<NpgsqlDataReader, T> row, CancellationToken cancellationToken, params NpgsqlParameter[] parameters) =>
        readers.RunAsync(
            async Task<IReadOnlyList<T>> (connection) =>
            {
                await using var command = new NpgsqlCommand(sql, connection);
                command.Parameters.AddRange(parameters);
                await using var reader = await command.ExecuteReaderAsync(cancellationToken);
                List<T> rows = [];
                while (await reader.ReadAsync(cancellationToken)) rows.Add(row(reader));
                return rows;
            },
            cancellationToken);
}
