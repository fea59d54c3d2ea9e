using Postfleet.Testing;
using Xunit;

namespace Postfleet.Journal.Tests;

/// <summary>Queues and shards move between nodes and return, with events of each owner in the journal.</summary>
public sealed class JournalWritersTests
{
    [Theory]
    [InlineData(JournalStorage.QueueJournal)]
    [InlineData(JournalStorage.ShardingJournal)]
    public async Task Events_of_changing_owners_can_be_read(string journal)
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
