using Postfleet.Testing;
using Xunit;

namespace Postfleet.Journal.Tests;

/// <summary>
/// After a failure of the network or of a node, more queues have something to write at the same time than any journal takes at once.
/// </summary>
public sealed class JournalCrowdTests
{
    private const int Queues = 25_000;

    [Fact]
    public async Task A_write_of_every_queue_at_the_same_time_is_only_late()
    {
        using var folder = new TempFolder("crowd");
        var storage = JournalStorage.Sqlite(folder.FullPath);
        await storage.PrepareAsync(default);
        await using (var bench = new JournalBench(storage)) Assert.Equal(0, await bench.WriteTogetherAsync(Queues));
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
    }
}
