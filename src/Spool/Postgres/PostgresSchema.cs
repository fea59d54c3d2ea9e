using Npgsql;

namespace Postfleet.Spool.Postgres;

/// <summary>The tables of the shared spool.</summary>
internal static class PostgresSchema
{
    /// <summary>The version that this code reads and writes.</summary>
    public const int Version = 1;

    // Ten nodes may start at once; the number is "postflee" in ASCII.
    private const string Lock = "SELECT pg_advisory_xact_lock(8101819322447029605)";

    private const string Find = "SELECT to_regclass('postfleet_schema') IS NOT NULL";

    private const string Read = "SELECT version FROM postfleet_schema WHERE name = 'spool'";

    /// <summary>
    /// Bodies are stored as they are: they are read once, soon, and compressing them would cost more than it saves. Rows live for
    /// seconds, so the tables are swept often. The index holds parts that nobody owns yet, in the order of ids, which is that of time.
    /// </summary>
    private const string Tables =
        """
        CREATE TABLE message (
          id          uuid NOT NULL PRIMARY KEY,
          accepted_at timestamptz NOT NULL,
          envelope    bytea NOT NULL,
          body        bytea NOT NULL
        ) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_insert_scale_factor = 1.0,
                toast.autovacuum_vacuum_scale_factor = 0.05, toast.autovacuum_vacuum_threshold = 5000);
        ALTER TABLE message ALTER COLUMN body SET STORAGE EXTERNAL;
        CREATE TABLE part (
          message_id  uuid NOT NULL,
          queue_key   text COLLATE "C" NOT NULL,
          accepted_at timestamptz NOT NULL,
          recipients  integer NOT NULL,
          handed_off  boolean NOT NULL DEFAULT false,
          reported    integer NOT NULL DEFAULT 0,
          envelope    bytea NOT NULL,
          PRIMARY KEY (message_id, queue_key)
        ) WITH (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_insert_scale_factor = 1.0);
        CREATE INDEX part_unclaimed ON part (message_id, queue_key) WHERE NOT handed_off;
        CREATE TABLE captured (
          message_id   uuid NOT NULL,
          queue_key    text COLLATE "C" NOT NULL,
          captured_at  timestamptz NOT NULL,
          reverse_path text NOT NULL,
          recipients   text[] NOT NULL,
          subject      text NOT NULL,
          size         bigint NOT NULL,
          body         bytea NOT NULL,
          PRIMARY KEY (message_id, queue_key)
        );
        ALTER TABLE captured ALTER COLUMN body SET STORAGE EXTERNAL;
        CREATE INDEX captured_at ON captured (captured_at, message_id, queue_key);
        """;

    /// <summary>Creates what is missing, in one transaction, or refuses.</summary>
    /// <exception cref="SpoolStartException">A newer version made the tables.</exception>
    public static async Task PrepareAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await RunAsync(Lock);
        // Asked first, so that a node whose database user may not create tables can use those that are there.
        if (await AskAsync(Find) is not true)
        {
            await RunAsync("CREATE TABLE postfleet_schema (name text NOT NULL PRIMARY KEY, version integer NOT NULL)");
        }

        var found = (int?)await AskAsync(Read);
        if (found > Version)
        {
            throw new SpoolStartException(
                $"the spool in database '{connection.Database}' has schema version {found}, but this program knows versions up to {Version}: a newer one made it");
        }

        if (found is null)
        {
            await RunAsync(Tables);
            await RunAsync($"INSERT INTO postfleet_schema (name, version) VALUES ('spool', {Version})");
        }

        await transaction.CommitAsync(cancellationToken);

        async Task<object?> AskAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection, transaction);
            return await command.ExecuteScalarAsync(cancellationToken);
        }

        async Task RunAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection, transaction);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}
