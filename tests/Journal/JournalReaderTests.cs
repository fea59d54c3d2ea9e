using Postfleet.Journal.Reading;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Journal.Tests;

/// <summary>Tests of the statements of a queue's start.</summary>
public sealed class JournalReaderTests : IAsyncLifetime
{
    private readonly TempFolder _folder = new("reader");
    private PostgresServer? _server;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_entity_starts_from_its_own_rows_that_are_not_deleted(bool isPostgres)
    {
        var storage = await PrepareAsync(isPostgres);
        await using var bench = new JournalBench(storage);
        var reader = Reader(storage);
        Assert.Equal(new HighestNumber(0, false), await reader.ReadHighestAsync("journal", "a", default));
        Assert.Empty(await ReadAsync(reader, "a"));

        for (var i = 1; i <= 5; i++) Assert.Equal(i, await bench.CountAsync("a"));
        Assert.Equal(1, await bench.CountAsync("b"));
        Assert.Equal(new HighestNumber(5, true), await reader.ReadHighestAsync("journal", "a", default));
        Assert.Equal([1, 2, 3, 4, 5], (await ReadAsync(reader, "a")).Select(row => row.SequenceNumber));
        Assert.Equal([2, 3], (await ReadAsync(reader, "a", from: 2, to: 3)).Select(row => row.SequenceNumber));
        Assert.Equal([2, 3], (await ReadAsync(reader, "a", from: 2, max: 2)).Select(row => row.SequenceNumber));

        // All rows except the last are deleted. The last row is marked and keeps the number.
        await bench.DeleteAsync("a", 5);
        Assert.Equal(new HighestNumber(5, true), await reader.ReadHighestAsync("journal", "a", default));
        Assert.Empty(await ReadAsync(reader, "a"));
        Assert.Equal(1, await bench.CountAsync("a"));
        Assert.Equal([6], (await ReadAsync(reader, "a")).Select(row => row.SequenceNumber));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Rows_hold_event_and_time_of_the_write(bool isPostgres)
    {
        var storage = await PrepareAsync(isPostgres);
        await using var bench = new JournalBench(storage);
        for (var i = 0; i < 3; i++) await bench.CountAsync("a");
        var rows = await ReadAsync(Reader(storage), "a");
        Assert.All(rows, row => Assert.Equal("one more", bench.Deserialize(row)));
        Assert.All(rows, row => Assert
            .InRange(new DateTime(row.Created, DateTimeKind.Utc), DateTime.UtcNow.AddMinutes(-10), DateTime.UtcNow.AddMinutes(10)));
    }

    private static JournalReader Reader(JournalStorage storage) =>
        storage.Setups(TimeProvider.System).OfType<JournalAccessSetup>().Single().Reader;

    private static async Task<List<JournalRow>> ReadAsync(
        JournalReader reader, string id, long from = 0, long to = long.MaxValue, long max = long.MaxValue)
    {
        List<JournalRow> rows = [];
        await reader.ReadAsync("journal", id, from, to, max, rows.Add);
        return rows;
    }

    private async Task<JournalStorage> PrepareAsync(bool isPostgres)
    {
        if (isPostgres) _server = await PostgresServer.StartNewAsync();
        var storage = isPostgres ? JournalStorage.Postgres(await _server!.CreateDatabaseAsync()) : JournalStorage.Sqlite(_folder.FullPath);
        await storage.PrepareAsync(default);
        return storage;
    }
}
