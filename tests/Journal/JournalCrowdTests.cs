using Postfleet.Testing;
using Xunit;

namespace Postfleet.Journal.Tests;

/// <summary>After a failure of the network or of a node, more queues write at the same time than a batch can hold.</summary>
public sealed class JournalCrowdTests
{
    private const int Queues = 25_000;

    [Fact]
    public async Task Simultaneous_writes_of_all_queues_are_only_delayed()
    {
        using var folder = new TempFolder("crowd");
        var storage = JournalStorage.Sqlite(folder.FullPath);
        await storage.PrepareAsync(default);
        await using (var bench = new JournalBench(storage)) Assert.Equal(0, await bench.WriteTogetherAsync(Queues));
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
    }
}
