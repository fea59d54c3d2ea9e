using Npgsql;
using NpgsqlTypes;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Commit;
using Postfleet.Spool.Storage;
using Postfleet.Storage.Postgres;
using static Postfleet.Storage.Postgres.PostgresParameters;

namespace Postfleet.Spool.Postgres;

/// <summary>What destinations have learned, in the shared spool. <see cref="PostgresStorage"/> owns it.</summary>
/// <param name="readers">The readers.</param>
/// <param name="writers">Connections for changes.</param>
internal sealed class PostgresSiteStates(PostgresReaders readers, ConnectionGate writers) : ISiteStateStorage
{
    /// <summary>Times and durations are ticks of 100 ns, times from the year 1.</summary>
    public const string Table =
        """
        CREATE TABLE site_state (
          destination text COLLATE "C" NOT NULL,
          scope       text COLLATE "C" NOT NULL,
          rule        text NOT NULL,
          factor      double precision NOT NULL,
          base        double precision NOT NULL,
          ceiling     double precision NOT NULL,
          until       bigint NOT NULL,
          length      bigint NOT NULL,
          count       integer NOT NULL,
          changed     bigint NOT NULL,
          reply       text NOT NULL,
          PRIMARY KEY (destination, scope)
        ) WITH (fillfactor = 50);
        """;

    // A destination has one owner, so two nodes hardly ever write the same row; in the order of the key they never wait in a circle.
    private const string Save =
        """
        INSERT INTO site_state AS s (destination, scope, rule, factor, base, ceiling, until, length, count, changed, reply)
        SELECT * FROM unnest(
          $1::text[], $2::text[], $3::text[], $4::double precision[], $5::double precision[], $6::double precision[], $7::bigint[],
          $8::bigint[], $9::integer[], $10::bigint[], $11::text[])
          AS r (destination, scope, rule, factor, base, ceiling, until, length, count, changed, reply)
        ORDER BY r.destination COLLATE "C", r.scope COLLATE "C"
        ON CONFLICT (destination, scope) DO UPDATE SET rule = excluded.rule, factor = excluded.factor, base = excluded.base,
          ceiling = excluded.ceiling, until = excluded.until, length = excluded.length, count = excluded.count,
          changed = excluded.changed, reply = excluded.reply
        """;

    private const string Delete =
        """
        DELETE FROM site_state s USING unnest($1::text[], $2::text[]) AS r (destination, scope)
        WHERE s.destination = r.destination AND s.scope = r.scope
        """;

    private const string Read =
        """
        SELECT destination, scope, rule, factor, base, ceiling, until, length, count, changed, reply FROM site_state
        WHERE destination = ANY ($1)
        """;

    /// <inheritdoc/>
    public async Task SaveAsync(IReadOnlyList<SiteState> rows, IReadOnlyList<SiteState> removed, CancellationToken cancellationToken)
    {
        await using var connection = await writers.OpenAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Delete)
        {
            Parameters =
            {
                Texts(removed, row => row.Destination.Value), Texts(removed, row => row.Scope),
            },
        });
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Save)
        {
            Parameters =
            {
                Texts(rows, row => row.Destination.Value), Texts(rows, row => row.Scope), Texts(rows, row => row.Rule),
                Numbers(rows, row => row.Factor), Numbers(rows, row => row.Base), Numbers(rows, row => row.Ceiling),
                Longs(rows, row => row.Until.UtcTicks), Longs(rows, row => row.Length.Ticks),
                Column<int>(NpgsqlDbType.Integer, [.. rows.Select(row => row.Count)]), Longs(rows, row => row.ChangedAt.UtcTicks),
                Texts(rows, row => row.Reply),
            },
        });
        await writers.NotedAsync(() => batch.ExecuteNonQueryAsync(cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<SiteState>> ReadAsync(
        IReadOnlyList<DestinationId> destinations, CancellationToken cancellationToken) => readers.RunAsync(
        async Task<IReadOnlyList<SiteState>> (connection) =>
        {
            await using var command = new NpgsqlCommand(Read, connection);
            command.Parameters.Add(Column<string>(NpgsqlDbType.Text, [.. destinations.Select(each => each.Value)]));
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            List<SiteState> rows = [];
            while (await reader.ReadAsync(cancellationToken)) rows.Add(ToRow(reader));
            return rows;
        },
        cancellationToken);

    /// <inheritdoc/>
    public async Task SweepAsync(DateTimeOffset changedBefore, CancellationToken cancellationToken)
    {
        await using var connection = await writers.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand("DELETE FROM site_state WHERE changed < $1", connection);
        command.Parameters.Add(Value(changedBefore.UtcTicks));
        await writers.NotedAsync(() => command.ExecuteNonQueryAsync(cancellationToken));
    }

    private static SiteState ToRow(NpgsqlDataReader reader) => new(new DestinationId(reader.GetString(0)), reader.GetString(1))
    {
        Rule = reader.GetString(2),
        Factor = reader.GetDouble(3),
        Base = reader.GetDouble(4),
        Ceiling = reader.GetDouble(5),
        Until = StoredTime.FromTicks(reader.GetInt64(6)),
        Length = new TimeSpan(reader.GetInt64(7)),
        Count = reader.GetInt32(8),
        ChangedAt = StoredTime.FromTicks(reader.GetInt64(9)),
        Reply = reader.GetString(10),
    };

    private static NpgsqlParameter<string[]> Texts(IReadOnlyList<SiteState> rows, Func<SiteState, string> value) =>
        Column<string>(NpgsqlDbType.Text, [.. rows.Select(value)]);

    private static NpgsqlParameter<double[]> Numbers(IReadOnlyList<SiteState> rows, Func<SiteState, double> value) =>
        Column<double>(NpgsqlDbType.Double, [.. rows.Select(value)]);

    private static NpgsqlParameter<long[]> Longs(IReadOnlyList<SiteState> rows, Func<SiteState, long> value) =>
        Column<long>(NpgsqlDbType.Bigint, [.. rows.Select(value)]);
}
