using System.Data.Common;
using Npgsql;
using Postfleet.Node.Cluster;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Node.Tests.Cluster;

/// <summary>The journal's own way to write, on both engines.</summary>
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

    /// <summary>The journal of the sharding is written by the plugin, into a table of the same shape.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_row_holds_what_the_plugin_would_have_written(bool isPostgres)
    {
        var storage = await PrepareAsync(isPostgres);
        await using var bench = new JournalBench(storage);
        await bench.CountAsync("a");
        await bench.CountAsync("a", JournalStorage.ShardingJournal);
        const string columns = "persistence_id, sequence_number, message, tags, manifest, identifier, deleted";
        var ours = await AskAsync($"SELECT {columns} FROM journal");
        Assert.Equal(await AskAsync($"SELECT {columns} FROM sharding_journal"), ours);
        Assert.Equal("a", ours[0]);
        var created = (long)Assert.Single(await AskAsync("SELECT created FROM journal"))!;
        Assert.InRange((long)Assert.Single(await AskAsync("SELECT created FROM sharding_journal"))!, created, created + TimeSpan.FromMinutes(10).Ticks);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_number_that_is_taken_fails_alone_and_leaves_nothing(bool isPostgres)
    {
        await using var storage = await PrepareAsync(isPostgres);
        var commit = storage.Setups(TimeProvider.System).OfType<JournalAccessSetup>().Single().Commit;
        await commit.WriteAsync([Row("e7", 1), Row("e7", 2)]);

        var writes = Enumerable.Range(0, 50).Select(i => commit.WriteAsync([Row($"e{i}", i == 7 ? 2 : 1), Row($"e{i}", i == 7 ? 3 : 2)])).ToList();
        for (var i = 0; i < writes.Count; i++)
        {
            if (i != 7) await writes[i];
            else await Assert.ThrowsAnyAsync<DbException>(() => writes[i]);
        }

        Assert.Equal(100L, Assert.Single(await AskAsync("SELECT count(*) FROM journal")));
        Assert.Equal(2L, Assert.Single(await AskAsync("SELECT max(sequence_number) FROM journal WHERE persistence_id = 'e7'")));
    }

    private static NewJournalRow Row(string id, long number) => new(id, number, DateTime.UtcNow.Ticks, [1, 2, 3], "m", 4053);

    private async Task<List<object?>> AskAsync(string sql)
    {
        await using DbConnection connection = _server is null
            ? new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(_folder.FullPath, "journal.db")}") : new NpgsqlConnection(_connectionString);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync();
        Assert.True(await reader.ReadAsync());
        var values = new object[reader.FieldCount];
        reader.GetValues(values);
        return [.. values];
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
