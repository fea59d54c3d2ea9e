using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;
using Postfleet.Contracts.Events;
using Postfleet.Contracts.Serialization;
using Postfleet.Core;
using Postfleet.Journal.Common;
using Postfleet.Journal.Reading;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Journal.Tests;

/// <summary>The journals' tables: made once, taken over from the version before, refused where they do not fence.</summary>
public sealed class JournalTablesTests : IDisposable
{
    // As the version before had it.
    private const string MadeByThePlugin =
        """
        akka.persistence.journal {
          sql { auto-initialize = true, class = "Akka.Persistence.Sql.Journal.SqlWriteJournal, Akka.Persistence.Sql" }
          sharding { auto-initialize = true, class = "Akka.Persistence.Sql.Journal.SqlWriteJournal, Akka.Persistence.Sql" }
        }
        akka.persistence.snapshot-store.sharding.auto-initialize = true
        """;

    private static readonly string[] Journals = [JournalStorage.QueueJournal, JournalStorage.ShardingJournal];

    private readonly TempFolder _folder = new("journal");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_database_that_the_plugin_made_is_taken_over_and_becomes_as_a_new_one(bool isEmbedded)
    {
        var old = await PlaceAsync(isEmbedded, "old");
        await using (var bench = new JournalBench(old.Storage(), MadeByThePlugin))
        {
            foreach (var journal in Journals) Assert.Equal(1, await bench.CountAsync("entity", journal));
        }

        await using (var bench = await OpenAsync(old))
        {
            foreach (var journal in Journals) Assert.Equal(2, await bench.CountAsync("entity", journal));
        }

        var fresh = await PlaceAsync(isEmbedded, "new");
        await (await OpenAsync(fresh)).DisposeAsync();
        Assert.Equal(await fresh.DescribeAsync(), await old.DescribeAsync());
    }

    public static TheoryData<bool, int> ReleasedVersions
    {
        get
        {
            var versions = new TheoryData<bool, int>();
            foreach (var step in JournalSchema.Sqlite.Steps) versions.Add(true, step.Version);
            foreach (var step in JournalSchema.Postgres.Steps) versions.Add(false, step.Version);
            return versions;
        }
    }

    /// <summary>
    /// A sample has two events of an entity in each journal, and one row of a queue; tests/Spool/Samples/README.md says how it is made.
    /// </summary>
    [Theory]
    [MemberData(nameof(ReleasedVersions))]
    public async Task A_journal_of_a_released_schema_becomes_as_a_new_one_and_is_read(bool isEmbedded, int version)
    {
        var (engine, plan) = isEmbedded ? ("sqlite", JournalSchema.Sqlite) : ("postgres", JournalSchema.Postgres);
        var old = await PlaceAsync(isEmbedded, "old");
        await old.RestoreAsync($"journal-{engine}-{version}");
        var storage = old.Storage();
        Assert.Equal(
            plan.Steps.Where(step => step.Version > version).Select(step => $"journal {step.Version}: {step.Does}"),
            (await storage.PrepareAsync(default)).Where(line => !line.StartsWith("cluster", StringComparison.Ordinal)));

        var fresh = await PlaceAsync(isEmbedded, "new");
        await (await OpenAsync(fresh)).DisposeAsync();
        Assert.Equal(await fresh.DescribeAsync(), await old.DescribeAsync());

        await using var bench = new JournalBench(storage, PostfleetSerialization.Config.ToString());
        foreach (var journal in Journals) Assert.Equal(3, await bench.CountAsync("entity", journal));
        var rows = await old.ReadAsync("q-default:a.test");
        var batch = Assert.IsType<QueueEventBatch>(bench.Deserialize(Assert.Single(rows)));
        Assert.Equal([205, 1], batch.Events.Cast<MessageEnqueued>().Select(e => e.Recipients));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Tables_are_made_once_and_what_was_done_is_told(bool isEmbedded)
    {
        var place = await PlaceAsync(isEmbedded, "new");
        await using var storage = place.Storage();
        var done = await storage.PrepareAsync(default);
        Assert.Equal(isEmbedded ? 3 : 5, done.Count);
        Assert.Equal("journal 1: tables journal, sharding_journal, sharding_snapshot where missing", done[0]);
        Assert.Empty(await storage.PrepareAsync(default));
    }

    [Fact]
    public async Task Ten_nodes_may_start_at_once()
    {
        var place = await PlaceAsync(false, "new");
        var nodes = Enumerable.Range(0, 10).Select(_ => place.Storage()).ToArray();
        var done = await Task.WhenAll(nodes.Select(node => Task.Run(() => node.PrepareAsync(default))));
        Assert.Equal(5, done.Sum(lines => lines.Count));
        foreach (var node in nodes) await node.DisposeAsync();
    }

    [Theory]
    [InlineData(true, "DROP INDEX journal_uq")]
    [InlineData(
        true, "DROP INDEX sharding_journal_uq; CREATE INDEX sharding_journal_uq ON sharding_journal (persistence_id, sequence_number)")]
    [InlineData(true, "DROP INDEX journal_uq; CREATE UNIQUE INDEX journal_uq ON journal (persistence_id, sequence_number, ordering)")]
    [InlineData(false, "ALTER TABLE journal DROP CONSTRAINT journal_uq")]
    [InlineData(
        false, "ALTER TABLE journal DROP CONSTRAINT journal_uq; CREATE INDEX journal_uq ON journal (persistence_id, sequence_number)")]
    [InlineData(
        false, "ALTER TABLE journal DROP CONSTRAINT journal_uq; CREATE UNIQUE INDEX journal_uq ON journal (persistence_id, ordering)")]
    [InlineData(false, "ALTER TABLE sharding_journal DROP CONSTRAINT sharding_journal_uq; CREATE UNIQUE INDEX sharding_journal_uq ON sharding_journal (persistence_id, sequence_number) WHERE NOT deleted")]
    public async Task Tables_that_do_not_fence_are_refused_in_one_line(bool isEmbedded, string sql)
    {
        var place = await PlaceAsync(isEmbedded, "new");
        await using var storage = place.Storage();
        await storage.PrepareAsync(default);
        await place.ExecuteAsync(sql);
        var e = await Assert.ThrowsAsync<StartFailureException>(() => storage.PrepareAsync(default));
        Assert.Contains("has no unique index on (persistence_id, sequence_number)", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    /// <summary>
    /// The plugin's deletion leaves a queue's last row; an owner that was frozen since before it has the numbers that became free.
    /// </summary>
    [Fact]
    public async Task A_number_below_a_queues_highest_is_refused_though_its_row_was_deleted()
    {
        var place = await PlaceAsync(false, "new");
        await using var storage = place.Storage();
        await storage.PrepareAsync(default);
        Task InsertAsync(string id, params int[] numbers) => place.ExecuteAsync(
            "INSERT INTO journal (created, deleted, persistence_id, sequence_number, message) VALUES "
            + string.Join(',', numbers.Select(number => $"(0, false, '{id}', {number}, '')")));
        await InsertAsync("q-a", 1, 2, 3, 4, 5);
        await place.ExecuteAsync("DELETE FROM journal WHERE persistence_id = 'q-a' AND sequence_number < 5");
        var e = await Assert.ThrowsAsync<PostgresException>(() => InsertAsync("q-a", 3));
        Assert.Equal(PostgresErrorCodes.UniqueViolation, e.SqlState);
        await Assert.ThrowsAsync<PostgresException>(() => InsertAsync("q-a", 6, 5));
        await InsertAsync("q-a", 6, 7, 8);
        await InsertAsync("q-b", 1);
    }

    /// <summary>
    /// Queues that emptied leave one row each. The planner then expects one row of every queue, and must not read all rows of a long one to
    /// find its highest number.
    /// </summary>
    [Fact]
    public async Task The_fence_reads_no_rows_of_a_long_queue_among_many_empty_ones()
    {
        var place = await PlaceAsync(false, "new");
        await using var storage = place.Storage();
        await storage.PrepareAsync(default);
        await place.ExecuteAsync(Rows("'q-' || i", "5", 20_000));
        await place.ExecuteAsync("ANALYZE journal");
        await place.ExecuteAsync(Rows("'q-long'", "i", 500));
        // The counters are those of the transaction that asks: what the trigger and the unique key have read of the index.
        var read = await place.AskAsync(
            $"BEGIN; {Rows("'q-long'", "500 + i", 500)}; SELECT pg_stat_get_xact_tuples_returned('journal_uq'::regclass); COMMIT");
        Assert.Equal(0, read);
    }

    /// <summary>A queue's start asks for its highest number, and must not read the rows of a long queue for it.</summary>
    [Fact]
    public async Task The_highest_number_of_a_long_queue_among_many_empty_ones_is_one_entry_of_the_index()
    {
        var place = await PlaceAsync(false, "new");
        await using var storage = place.Storage();
        await storage.PrepareAsync(default);
        await place.ExecuteAsync(Rows("'q-' || i", "5", 20_000));
        await place.ExecuteAsync("ANALYZE journal");
        await place.ExecuteAsync(Rows("'q-long'", "i", 500));
        var highest = JournalReader.Highest("journal").Replace("@id", "'q-long'", StringComparison.Ordinal);
        var read = await place.AskAsync(
            $"BEGIN; CREATE TEMP TABLE found AS {highest}; SELECT pg_stat_get_xact_tuples_returned('journal_uq'::regclass); COMMIT");
        Assert.Equal(1, read);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_index_of_another_name_fences_as_well(bool isEmbedded)
    {
        var place = await PlaceAsync(isEmbedded, "new");
        await using var storage = place.Storage();
        await storage.PrepareAsync(default);
        await place.ExecuteAsync(isEmbedded ? "DROP INDEX journal_uq" : "ALTER TABLE journal DROP CONSTRAINT journal_uq");
        await place.ExecuteAsync("CREATE UNIQUE INDEX another ON journal (sequence_number, persistence_id)");
        Assert.Empty(await storage.PrepareAsync(default));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Tables_of_a_newer_version_are_refused_in_one_line(bool isEmbedded)
    {
        var place = await PlaceAsync(isEmbedded, "new");
        await using var storage = place.Storage();
        await storage.PrepareAsync(default);
        await place.ExecuteAsync("UPDATE postfleet_schema SET version = 99 WHERE name = 'journal'");
        var e = await Assert.ThrowsAsync<StartFailureException>(() => storage.PrepareAsync(default));
        Assert.Contains("schema version 99", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_does_not_answer_is_said_in_one_line_without_secrets()
    {
        await using var storage = JournalStorage.Postgres($"Host={_folder.FullPath};Database=x;Password=secret");
        var e = await Assert.ThrowsAsync<StartFailureException>(() => storage.PrepareAsync(default));
        Assert.Contains(_folder.FullPath, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
    }

    private static string Rows(string id, string number, int count) =>
        $"INSERT INTO journal (created, deleted, persistence_id, sequence_number, message) SELECT 0, false, {id}, {number}, '' FROM generate_series(1, {count}) i";

    private static async Task<JournalBench> OpenAsync(Place place)
    {
        var storage = place.Storage();
        await storage.PrepareAsync(default);
        return new JournalBench(storage);
    }

    private async Task<Place> PlaceAsync(bool isEmbedded, string name) => isEmbedded
        ? new Place(Directory.CreateDirectory(_folder[name]).FullName, null)
        : new Place("", await (await PostgresServer.SharedAsync()).CreateDatabaseAsync());

    private sealed record Place(string Folder, string? Database)
    {
        public JournalStorage Storage() => Database is null ? JournalStorage.Sqlite(Folder) : JournalStorage.Postgres(Database);

        public async Task ExecuteAsync(string sql) => await RunAsync(sql, _ => 0);

        public async Task<long> AskAsync(string sql) => Assert.Single(await RunAsync(sql, reader => reader.GetInt64(0)));

        /// <summary>Makes what a sample holds.</summary>
        public async Task RestoreAsync(string sample)
        {
            await using var connection = Connect();
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Samples", $"{sample}.sql"));
            await command.ExecuteNonQueryAsync();
        }

        public Task<List<JournalRow>> ReadAsync(string id) => RunAsync(
            $"SELECT sequence_number, created, message, manifest, identifier FROM journal WHERE persistence_id = '{id}'",
            reader => new JournalRow(reader.GetInt64(0), reader.GetInt64(1), (byte[])reader[2], reader.GetString(3), reader.GetInt32(4)));

        /// <summary>Columns and indexes, as the engine sees them.</summary>
        public Task<List<string>> DescribeAsync() => RunAsync(
            Database is null
                ? """
                  SELECT m.name || '.' || c.name || ' ' || c.type || ' ' || c."notnull" || ' ' || c.pk
                  FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name LIKE '%journal'
                    OR m.type = 'table' AND m.name IN ('sharding_snapshot', 'journal_floor')
                  UNION ALL SELECT m.name || ' of ' || m.tbl_name FROM sqlite_master m WHERE m.type = 'index' ORDER BY 1
                  """
                : """
                  SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, is_identity, identity_generation)
                  FROM information_schema.columns WHERE table_schema = 'public'
                  UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1
                  """,
            reader => reader.GetString(0));

        private async Task<List<T>> RunAsync<T>(string sql, Func<DbDataReader, T> read)
        {
            await using var connection = Connect();
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = sql;
            await using var reader = await command.ExecuteReaderAsync();
            List<T> rows = [];
            while (await reader.ReadAsync()) rows.Add(read(reader));
            return rows;
        }

        private DbConnection Connect() => Database is null
            ? new SqliteConnection($"Data Source={Path.Combine(Folder, "journal.db")};Pooling=False")
            : new NpgsqlConnection(Database + ";Pooling=false");
    }
}
