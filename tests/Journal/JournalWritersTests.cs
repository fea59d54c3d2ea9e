using Postfleet.Testing;
using Xunit;

namespace Postfleet.Journal.Tests;

/// <summary>
/// Queues and shards move between nodes, and come back to where they were, with events in the journal that each of their owners wrote.
/// </summary>
public sealed class JournalWritersTests
{
    [Theory]
    [InlineData(JournalStorage.QueueJournal)]
    [InlineData(JournalStorage.ShardingJournal)]
    public async Task What_comes_back_to_a_node_can_still_be_read(string journal)
    {
        await using var server = await PostgresServer.StartNewAsync();
        var connectionString = await server.CreateDatabaseAsync();
        await JournalStorage.Postgres(connectionString).PrepareAsync(default);
        await using var one = new JournalBench(JournalStorage.Postgres(connectionString));
        await using var other = new JournalBench(JournalStorage.Postgres(connectionString));

        Assert.Equal(1, await one.CountAsync("a", journal));
        Assert.Equal(2, await other.CountAsync("a", journal));
        Assert.Equal(3, await one.CountAsync("a", journal));
        Assert.Equal(4, await other.CountAsync("a", journal));
        Assert.Equal(5, await one.CountAsync("a", journal));
    }
}
