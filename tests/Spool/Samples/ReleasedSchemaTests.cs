using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Postfleet.Core;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Postgres;
using Postfleet.Spool.Sqlite;
using Postfleet.Spool.Tests.Contract;
using Postfleet.Spool.Tests.Postgres;
using Postfleet.Spool.Tests.Sqlite;
using Postfleet.Storage.Commit;
using Postfleet.Storage.Schema;

namespace Postfleet.Spool.Tests.Samples;

/// <summary>
/// A spool of each released schema is updated to the current schema, and its mail is read whole. Samples/README.md describes the samples.
/// </summary>
public sealed class ReleasedSchemaTests
{
    private const string SqliteTables =
        """
        SELECT type || ' ' || name || ': ' || sql FROM sqlite_master
        WHERE sql IS NOT NULL AND name NOT IN ('postfleet_schema', 'sqlite_sequence') ORDER BY 1
        """;

    private const string PostgresTables =
        """
        SELECT concat_ws(' ', c.relname, c.reloptions::text, a.attname, a.atttypid::regtype, a.attnotnull, a.attidentity,
          a.attstorage, a.attcollation)
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
        UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1
        """;

    public static TheoryData<int> SqliteVersions => [.. Enumerable.Range(1, SqliteSchema.Plan.Version + SqliteSchema.Plan.FormerAdditions)];

    public static TheoryData<int> PostgresVersions =>
        [.. Enumerable.Range(1, PostgresSchema.Plan.Version + PostgresSchema.Plan.FormerAdditions)];

    [Theory]
    [MemberData(nameof(SqliteVersions))]
    public async Task An_embedded_spool_of_a_released_schema_is_brought_up_to_date_and_read(int version)
    {
        var (old, fresh) = (new SqlitePlace(), new SqlitePlace());
        await RestoreAsync(Connect(old), $"spool-sqlite-{version}");
        Assert.Equal([.. Lines(SqliteSchema.Plan, version), .. Lines(SqliteHistorySchema.Plan, 0)], await MigrateAsync(old));
        await AssertWorksAsync(old, version);

        await MigrateAsync(fresh);
        Assert.Equal(await RunAsync(Connect(fresh), SqliteTables), await RunAsync(Connect(old), SqliteTables));
        await old.CleanUpAsync();
        await fresh.CleanUpAsync();
    }

    [Theory]
    [MemberData(nameof(PostgresVersions))]
    public async Task A_shared_spool_of_a_released_schema_is_brought_up_to_date_and_read(int version)
    {
        var (old, fresh) = (new PostgresPlace(), new PostgresPlace());
        await old.PrepareAsync();
        await RestoreAsync(Connect(old), $"spool-postgres-{version}");
        Assert.Equal(Lines(PostgresSchema.Plan, version), await MigrateAsync(old));
        await AssertWorksAsync(old, version);

        await fresh.PrepareAsync();
        await MigrateAsync(fresh);
        Assert.Equal(await RunAsync(Connect(fresh), PostgresTables), await RunAsync(Connect(old), PostgresTables));
    }

    [Fact]
    public async Task A_history_of_a_released_schema_is_brought_up_to_date_and_read()
    {
        Assert.Equal(1, SqliteHistorySchema.Plan.Version);
        var place = new SqlitePlace();
        var file = Path.Combine(Path.GetDirectoryName(place.File)!, SqliteHistorySchema.FileName);
        await RestoreAsync(new SqliteConnection($"Data Source={file};Pooling=False"), "history-sqlite-1");
        var storage = place.NewStorageWithHistory(HistoryKeep.All, TimeSpan.FromDays(3650), 1 << 30, new SetTime(Mail.Noon));
        await using (var spool = new GroupCommitSpool(
            storage, 0, new GroupCommitLimits(), NullLogger<GroupCommitSpool>.Instance, TimeProvider.System))
        {
            await spool.StartAsync(default);
            var timeline = await spool.ReadAsync(SampleMail.Stored.Id, default);
            Assert.Equal(
                ["user@a.test Accepted", "user@b.test Accepted", "user@a.test Delivered"],
                timeline.Events.Select(one => $"{one.Recipient} {one.Kind}"));
            // Numbers continue above the mark of the file, although the outbox is new.
            var message = Mail.Message("c.test");
            await spool.StoreAsync(message, default);
            Assert.Single((await spool.ReadAsync(message.Id, default)).Events);
        }

        await place.CleanUpAsync();
    }

    /// <summary>The gaps of unmarked tables are unknown. They were once taken for tables of the first version.</summary>
    [Fact]
    public async Task Tables_of_no_known_version_are_refused_in_one_line()
    {
        var place = new SqlitePlace();
        await RunAsync(Connect(place), "CREATE TABLE part (message_id BLOB NOT NULL PRIMARY KEY)");
        var e = await Assert.ThrowsAsync<StartFailureException>(() => MigrateAsync(place));
        Assert.Contains(place.File, e.Message, StringComparison.Ordinal);
        Assert.Contains("table part already exists", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', e.Message);
        var left = await RunAsync(Connect(place), SqliteTables);
        Assert.Equal(["table part: CREATE TABLE part (message_id BLOB NOT NULL PRIMARY KEY)"], left);
        await place.CleanUpAsync();
    }

    // Also the next message is stored and goes again.
    private static async Task AssertWorksAsync(ISpoolPlace place, int version)
    {
        await using var spool = new GroupCommitSpool(
            place.NewStorage(), 0, new GroupCommitLimits(), NullLogger<GroupCommitSpool>.Instance, TimeProvider.System);
        await spool.StartAsync(default);
        await SampleMail.AssertWholeAsync(spool, hasNotes: version >= 2);
        var message = Mail.Message("a.test");
        Assert.Equal(StoreResult.Stored, await spool.StoreAsync(message, default));
        foreach (var part in (PartId[])[message.Part(), SampleMail.Stored.Part(), SampleMail.Stored.Part(1)])
        {
            var settled = await spool.SettleAsync(new Settlement(part, 1, true, null), default);
            Assert.True(settled.Applied);
        }

        Assert.Equal((1, 1), (await place.CountAsync("message"), await place.CountAsync("part")));
    }

    // A development build counted the additions as versions of the plan.
    private static IEnumerable<string> Lines(SchemaPlan plan, int version) =>
    [
        .. plan.Steps.Where(step => step.Version > version).Select(step => $"{plan.Name} {step.Version}: {step.Does}"),
        .. plan.Additions is { } additions ? Lines(additions, Math.Max(0, version - plan.Version)) : [],
    ];

    private static Task<IReadOnlyList<string>> MigrateAsync(SqlitePlace place) =>
        MigrateAsync(new SpoolSettings { Path = Path.GetDirectoryName(place.File)! });

    private static Task<IReadOnlyList<string>> MigrateAsync(PostgresPlace place) =>
        MigrateAsync(new SpoolSettings { Provider = SpoolProvider.Postgres, ConnectionString = place.ConnectionString });

    private static Task<IReadOnlyList<string>> MigrateAsync(SpoolSettings settings) =>
        SpoolMigration.RunAsync(settings, _ => Task.FromResult<IReadOnlyList<string>>([]), default);

    private static async Task RestoreAsync(DbConnection connection, string sample)
    {
        await using (connection)
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Samples", $"{sample}.sql"));
            await command.ExecuteNonQueryAsync();
        }
    }

    private static SqliteConnection Connect(SqlitePlace place) => new($"Data Source={place.File};Pooling=False");

    private static NpgsqlConnection Connect(PostgresPlace place) => new(place.ConnectionString + ";Pooling=false");

    private static async Task<List<string>> RunAsync(DbConnection connection, string sql)
    {
        await using (connection)
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = sql;
            await using var reader = await command.ExecuteReaderAsync();
            List<string> rows = [];
            while (await reader.ReadAsync()) rows.Add(reader.GetString(0));
            return rows;
        }
    }
}
