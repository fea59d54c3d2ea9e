using System.Data.Common;
using Npgsql;
using Postfleet.Journal.Common;
using Postfleet.Journal.Reading;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Journal.Tests;

/// <summary>Tests of writes and deletions on both engines.</summary>
public sealed class JournalWriterTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new("writer");
    private PostgresServer? _server;
    private string _connectionString = "";

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _folder.Dispose();
    }

    /// <summary>
    /// The journal of Akka.Persistence.Sql writes and deletes in a table of its own, this program in another. Afterwards entities recover
    /// the same events from both. The plugin also marks a deleted row followed by other rows, and keeps the event of a marked row.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Rows_equal_the_rows_of_the_plugin(bool isPostgres)
    {
        var storage = await PrepareAsync(isPostgres);
        await using var bench = new JournalBench(
            storage, new JournalPlace(_folder.FullPath, isPostgres ? _connectionString : null)
                .PluginConfig(createsTables: false, JournalStorage.ShardingJournal));
        foreach (var journal in new[] { JournalStorage.QueueJournal, JournalStorage.ShardingJournal })
        {
            foreach (var id in new[] { "all", "some", "none", "twice" }) for (var i = 0; i < 5; i++) await bench.CountAsync(id, journal);
            await bench.DeleteAsync("all", 5, journal);
            await bench.DeleteAsync("some", 3, journal);
            await bench.DeleteAsync("none", 0, journal);
            await bench.DeleteAsync("twice", 5, journal);
            // Entities of the sharding continue from their snapshot.
            Assert.Equal(journal == JournalStorage.QueueJournal ? 1 : 6, await bench.CountAsync("twice", journal));
            await bench.DeleteAsync("twice", 6, journal);
        }

        const string rows =
            "SELECT persistence_id, sequence_number, tags, manifest, identifier, deleted, message FROM {0} WHERE NOT deleted ORDER BY 1, 2";
        const string last = "SELECT persistence_id, max(sequence_number) FROM {0} GROUP BY 1 ORDER BY 1";
        foreach (var sql in new[] { rows, last })
            Assert.Equal(await AskAsync(sql.Replace("{0}", "sharding_journal", StringComparison.Ordinal)),
                await AskAsync(sql.Replace("{0}", "journal", StringComparison.Ordinal)));
        var ours = await AskAsync("SELECT persistence_id, sequence_number FROM journal ORDER BY 1, 2");
        Assert.Equal(["all", "none", "none", "none", "none", "none", "some", "some", "twice"], ours.Select(row => row[0]));
        Assert.Equal([5L, 1L, 2L, 3L, 4L, 5L, 4L, 5L, 6L], ours.Select(row => row[1]));
        var created = (long)(await AskAsync("SELECT max(created) FROM journal")).Single()[0]!;
        Assert.InRange((long)(await AskAsync("SELECT max(created) FROM sharding_journal")).Single()[0]!, created, created
            + TimeSpan.FromMinutes(10).Ticks);
        Assert.Equal(0L, (await AskAsync("SELECT max(length(message)) FROM journal WHERE deleted"))
            .Select(row => Convert.ToInt64(row[0], null)).Single());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Deletions_and_writes_in_one_batch_do_not_interfere(bool isPostgres)
    {
        await using var storage = await PrepareAsync(isPostgres);
        var commit = storage.Setups(TimeProvider.System).OfType<JournalAccessSetup>().Single().Commit;
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => commit.WriteAsync("journal", [Row($"e{i}", 1), Row($"e{i}", 2)])));
        await commit.WriteAsync("sharding_journal", [Row("e0", 1)]);
        await Task.WhenAll(Enumerable.Range(0, 100).SelectMany(i => new[]
        {
            commit.DeleteAsync("journal", $"e{i}", 2),
            i % 2 == 0 ? commit.WriteAsync("journal", [Row($"e{i}", 3)]) : commit.DeleteAsync("journal", $"e{i}", 2),
        }));
        foreach (var row in await AskAsync(
            "SELECT persistence_id, max(sequence_number), count(*), sum(CASE WHEN deleted THEN 1 ELSE 0 END) FROM journal GROUP BY 1"))
        {
            var isNew = int.Parse(((string)row[0]!)[1..], null) % 2 == 0;
            // If a row follows, the row before it is marked or gone, depending on the order.
            Assert.Equal(isNew ? 3L : 2L, row[1]);
            Assert.Equal(1L, Convert.ToInt64(row[2], null) - (isNew ? Convert.ToInt64(row[3], null) : 0L));
        }

        Assert.Equal(1L, (await AskAsync("SELECT count(*) FROM sharding_journal WHERE NOT deleted")).Single()[0]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Taken_number_fails_alone_and_leaves_no_row(bool isPostgres)
    {
        await using var storage = await PrepareAsync(isPostgres);
        var commit = storage.Setups(TimeProvider.System).OfType<JournalAccessSetup>().Single().Commit;
        await commit.WriteAsync("journal", [Row("e7", 1), Row("e7", 2)]);

        var writes = Enumerable.Range(0, 50)
            .Select(i => commit.WriteAsync("journal", [Row($"e{i}", i == 7 ? 2 : 1), Row($"e{i}", i == 7 ? 3 : 2)])).ToList();
        for (var i = 0; i < writes.Count; i++)
        {
            if (i != 7) await writes[i];
            else await Assert.ThrowsAnyAsync<DbException>(() => writes[i]);
        }

        Assert.Equal(100L, (await AskAsync("SELECT count(*) FROM journal")).Single()[0]);
        Assert.Equal(2L, (await AskAsync("SELECT max(sequence_number) FROM journal WHERE persistence_id = 'e7'")).Single()[0]);
    }

    private static NewJournalRow Row(string id, long number) => new(id, number, DateTime.UtcNow.Ticks, [1, 2, 3], "m", 4053);

    private async Task<List<List<object?>>> AskAsync(string sql)
    {
        await using DbConnection connection = _server is null
            ? new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(_folder.FullPath, "journal.db")}")
                : new NpgsqlConnection(_connectionString);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync();
        List<List<object?>> rows = [];
        while (await reader.ReadAsync())
        {
            var values = new object[reader.FieldCount];
            reader.GetValues(values);
            rows.Add([.. values]);
        }

        return rows;
    }

    private async Task<JournalStorage> PrepareAsync(bool isPostgres)
    {
        if (isPostgres)
        {
            _server = await PostgresServer.StartNewAsync();
            _connectionString = await _server.CreateDatabaseAsync();
        }

        var storage = isPostgres ? JournalStorage.Postgres(_connectionString) : JournalStorage.Sqlite(_folder.FullPath);
        await storage.PrepareAsync(default);
        return storage;
    }
}
