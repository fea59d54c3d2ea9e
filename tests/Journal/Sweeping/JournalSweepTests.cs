using System.Data.Common;
using Microsoft.Data.Sqlite;
using Npgsql;
using Postfleet.Journal.Common;
using Postfleet.Journal.Reading;
using Postfleet.Journal.Writing;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Journal.Tests.Sweeping;

/// <summary>Tests of the sweep: rows of empty queues are deleted, and stale owners are still refused.</summary>
public sealed class JournalSweepTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = new(2026, 5, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly TempFolder _folder = new("sweep");
    private string? _database;
    private JournalStorage _storage = null!;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        await _storage.DisposeAsync();
        SqliteConnection.ClearAllPools();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Only_rows_of_queues_empty_for_long_are_deleted(bool isPostgres)
    {
        await PrepareAsync(isPostgres);
        await WriteAsync("gone", 25, 1, 2, 3);
        await WriteAsync("young", 23, 1, 2);
        await WriteAsync("waiting", 100, 1, 2);
        await WriteAsync("back", 30, 1);
        foreach (var (id, last) in new[] { ("gone", 3), ("young", 2), ("back", 1) }) await Commit.DeleteAsync("journal", id, last);
        await WriteAsync("back", 0, 2);
        // One page for all rows, and pages of one row.
        foreach (var rows in new[] { 100, 1 })
        {
            Assert.Equal(rows == 100 ? 2 : 0, await SweepAsync(rows));
            Assert.Equal(["back 2", "waiting 1", "waiting 2", "young 2"],
                await AskAsync("SELECT persistence_id || ' ' || sequence_number FROM journal ORDER BY 1"));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_queue_that_comes_back_goes_on_above_all_its_numbers(bool isPostgres)
    {
        await LeaveAsync(isPostgres);
        await using var bench = new JournalBench(_storage);
        Assert.Equal(1, await bench.CountAsync("gone"));
        Assert.InRange(bench.Nothing!.SettledBefore, DateTimeOffset.UtcNow.AddHours(-23.5), DateTimeOffset.UtcNow.AddHours(-22.5));
        Assert.Equal([$"gone {JournalFloor.Step + 1}"], await AskAsync("SELECT persistence_id || ' ' || sequence_number FROM journal"));
        Assert.Equal(2, await bench.CountAsync("gone"));
        Assert.Null(bench.Nothing);
        // A new queue cannot be distinguished from a swept queue and starts above the floor too. The sharding's journal is never swept.
        Assert.Equal(1, await bench.CountAsync("new"));
        Assert.Equal(1, await bench.CountAsync("shard", JournalStorage.ShardingJournal));
        Assert.Equal([$"{JournalFloor.Step + 1}", "1"], await AskAsync(
            "SELECT CAST(sequence_number AS text) FROM journal WHERE persistence_id = 'new' UNION ALL SELECT CAST(sequence_number AS text) FROM sharding_journal"));
    }

    [Fact]
    public async Task Owner_from_before_the_sweep_is_refused_in_every_state_of_the_queue()
    {
        await LeaveAsync(isPostgres: true);
        foreach (var number in new long[] { 1, 3, 4, 6, JournalFloor.Step }) await Refused("gone", number);
        await WriteAsync("gone", 0, JournalFloor.Step + 1);
        foreach (var number in new long[] { 1, 4, JournalFloor.Step, JournalFloor.Step + 1 }) await Refused("gone", number);
        // A deletion of the stale owner does not reach the rows of the next owner.
        await Commit.DeleteAsync("journal", "gone", 6);
        await WriteAsync("gone", 0, JournalFloor.Step + 2);
        Assert.Equal(2L, long.Parse((await AskAsync("SELECT CAST(count(*) AS text) FROM journal WHERE NOT deleted"))[0], null));
    }

    [Fact]
    public async Task A_queue_that_started_without_rows_before_the_floor_rose_is_refused_and_starts_again()
    {
        await PrepareAsync(isPostgres: true);
        await WriteAsync("gone", 25, 1, 2, 3);
        await Commit.DeleteAsync("journal", "gone", 3);
        var before = await Reader.ReadHighestAsync("journal", "new", default);
        await SweepAsync(100);
        await Refused("new", before.Number + 1);
        var after = await Reader.ReadHighestAsync("journal", "new", default);
        Assert.Equal(new HighestNumber(JournalFloor.Step, false), after);
        await WriteAsync("new", 0, after.Number + 1);
    }

    [Fact]
    public async Task A_queue_with_rows_below_the_floor_goes_on()
    {
        await PrepareAsync(isPostgres: true);
        await WriteAsync("gone", 25, 1, 2, 3);
        await WriteAsync("waiting", 100, 1, 2);
        await Commit.DeleteAsync("journal", "gone", 3);
        await SweepAsync(100);
        await WriteAsync("waiting", 0, 3, 4);
        await Refused("waiting", 4);
        await WriteAsync("waiting", 0, 5);
    }

    /// <summary>A queue gets mail while its row is swept.</summary>
    [Fact]
    public async Task A_sweep_waits_for_the_writes_that_have_begun()
    {
        await PrepareAsync(isPostgres: true);
        await WriteAsync("gone", 25, 1, 2, 3);
        await Commit.DeleteAsync("journal", "gone", 3);
        await using var connection = new NpgsqlConnection(_database);
        await connection.OpenAsync();
        await using var write = await connection.BeginTransactionAsync();
        await ExecuteAsync(connection,
            "INSERT INTO journal (created, deleted, persistence_id, sequence_number, message) VALUES (0, false, 'gone', 4, '')");
        // A stalled write delays neither the sweep nor the writes behind the sweep for long.
        await Assert.ThrowsAsync<PostgresException>(() => SweepAsync(100));
        var sweep = SweepAsync(100);
        Assert.False(sweep.IsCompleted);
        await write.CommitAsync();
        Assert.Equal(1, await sweep);
        Assert.Equal(new HighestNumber(4, true), await Reader.ReadHighestAsync("journal", "gone", default));
        await Refused("gone", 4);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_floor_never_falls_and_rises_where_it_must(bool isPostgres)
    {
        await PrepareAsync(isPostgres);
        var gone = new[] { (7, 1), (5, 1), (JournalFloor.Step + 9, 2), (JournalFloor.Step + 5, 2), (5 * JournalFloor.Step, 6) };
        foreach (var (last, _) in gone) await WriteAsync($"gone {last}", 25, last);
        foreach (var (last, floor) in gone)
        {
            await Commit.DeleteAsync("journal", $"gone {last}", last);
            Assert.Equal(1, await SweepAsync(100));
            Assert.Equal([$"{floor * JournalFloor.Step}"], await AskAsync("SELECT CAST(number AS text) FROM journal_floor"));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Schema_of_the_previous_version_is_migrated(bool isPostgres)
    {
        await PrepareAsync(isPostgres);
        await WriteAsync("gone", 25, 1, 2, 3);
        await ExecuteAsync(
            $"DROP TABLE journal_floor; UPDATE postfleet_schema SET version = {(isPostgres ? 4 : 2)} WHERE name = 'journal'");
        if (isPostgres) await ExecuteAsync(JournalSchema.Postgres.Steps.Single(step => step.Version == 4).Sql);
        var done = await _storage.PrepareAsync(default);
        Assert.StartsWith(isPostgres ? "journal 5: " : "journal 3: ", Assert.Single(done), StringComparison.Ordinal);
        await Commit.DeleteAsync("journal", "gone", 3);
        Assert.Equal(1, await SweepAsync(100));
        if (isPostgres) await Refused("gone", 4);
        await WriteAsync("gone", 0, JournalFloor.Step + 1);
    }

    private JournalAccessSetup Access => _storage.Setups(TimeProvider.System).OfType<JournalAccessSetup>().Single();

    private JournalCommit Commit => Access.Commit;

    private JournalReader Reader => Access.Reader;

    private async Task LeaveAsync(bool isPostgres)
    {
        await PrepareAsync(isPostgres);
        await WriteAsync("gone", 25, 1, 2, 3, 4, 5);
        await Commit.DeleteAsync("journal", "gone", 5);
        Assert.Equal(1, await SweepAsync(100));
        Assert.Empty(await AskAsync("SELECT persistence_id FROM journal"));
    }

    private async Task<int> SweepAsync(int rows)
    {
        var swept = 0;
        for (long? after = 0; after is { } place;)
        {
            var page = await _storage.Sweep.SweepAsync(place, Now - JournalFloor.KeepFor, rows, default);
            Assert.InRange(page.Swept, 0, rows);
            (after, swept) = (page.Last, swept + page.Swept);
        }

        return swept;
    }

    private Task WriteAsync(string id, double hoursAgo, params long[] numbers) => Commit.WriteAsync(
        "journal", [.. numbers.Select(number => new NewJournalRow(id, number, Now.AddHours(-hoursAgo).UtcTicks, [1, 2, 3], "m", 4053))]);

    private async Task Refused(string id, long number) =>
        Assert.Equal(
            PostgresErrorCodes.UniqueViolation, (await Assert.ThrowsAsync<PostgresException>(() => WriteAsync(id, 0, number))).SqlState);

    private async Task PrepareAsync(bool isPostgres)
    {
        if (isPostgres) _database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        _storage = isPostgres ? JournalStorage.Postgres(_database!) : JournalStorage.Sqlite(_folder.FullPath);
        await _storage.PrepareAsync(default);
    }

    private async Task<DbConnection> OpenAsync()
    {
        DbConnection connection = _database is null
            ? new SqliteConnection($"Data Source={Path.Combine(_folder.FullPath, "journal.db")};Pooling=False")
                : new NpgsqlConnection(_database + ";Pooling=false");
        await connection.OpenAsync();
        return connection;
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = await OpenAsync();
        await ExecuteAsync(connection, sql);
    }

    private static async Task ExecuteAsync(DbConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }

    private async Task<List<string>> AskAsync(string sql)
    {
        await using var connection = await OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync();
        List<string> rows = [];
        while (await reader.ReadAsync()) rows.Add(reader.GetString(0));
        return rows;
    }
}
