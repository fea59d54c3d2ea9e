using Postfleet.Cluster.Membership;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Cluster.Tests;

public sealed class PostgresNodeRegistryTests
{
    private static readonly CancellationToken Never = CancellationToken.None;

    [Fact]
    public async Task A_database_has_one_id_that_stays_and_that_no_other_has()
    {
        var (database, other) = (await DatabaseAsync(), await DatabaseAsync());
        var ids = await Task.WhenAll(((string[])[database, database, other]).Select(async each =>
        {
            await using var registry = new PostgresNodeRegistry(each);
            await registry.PrepareAsync(Never);
            return await registry.ReadDatabaseIdAsync(Never);
        }));
        Assert.Matches("^[0-9a-f]{16}$", ids[0]);
        Assert.Equal(ids[0], ids[1]);
        Assert.NotEqual(ids[0], ids[2]);
    }

    [Fact]
    public async Task Of_ten_that_found_at_once_one_does()
    {
        var database = await DatabaseAsync();
        var results = await Task.WhenAll(Enumerable.Range(0, 10).Select(async i =>
        {
            await using var registry = new PostgresNodeRegistry(database);
            return await registry.TryFoundAsync([], $"n{i}:1", i, Never);
        }));
        Assert.Single(results, founded => founded);
        await using var after = new PostgresNodeRegistry(database);
        Assert.Equal($"n{Array.IndexOf(results, true)}:1", Assert.Single(await after.ReadAsync(Never)).Address);
    }

    [Fact]
    public async Task Founding_fails_when_somebody_has_shown_life_since()
    {
        await using var registry = new PostgresNodeRegistry(await DatabaseAsync());
        await registry.EnterAsync("b:1", 5, Never);
        var seen = await registry.ReadAsync(Never);
        Assert.True(await registry.BeatAsync("b:1", 5, Never));
        Assert.False(await registry.TryFoundAsync(seen, "a:1", 9, Never));
        Assert.True(await registry.TryFoundAsync(await registry.ReadAsync(Never), "a:1", 9, Never));
        Assert.Equal([new NodeRow("a:1", 9, 1)], await registry.ReadAsync(Never));
    }

    [Fact]
    public async Task Who_is_of_a_cluster_of_the_past_hears_so_at_its_next_beat()
    {
        await using var registry = new PostgresNodeRegistry(await DatabaseAsync());
        await registry.EnterAsync("b:1", 5, Never);
        Assert.True(await registry.BeatAsync("b:1", 5, Never));
        Assert.True(await registry.TryFoundAsync(await registry.ReadAsync(Never), "a:1", 9, Never));
        Assert.False(await registry.BeatAsync("b:1", 5, Never));
    }

    [Fact]
    public async Task A_second_node_at_the_same_address_puts_the_first_out()
    {
        await using var registry = new PostgresNodeRegistry(await DatabaseAsync());
        await registry.EnterAsync("b:1", 5, Never);
        await registry.EnterAsync("b:1", 6, Never);
        Assert.False(await registry.BeatAsync("b:1", 5, Never));
        Assert.True(await registry.BeatAsync("b:1", 6, Never));
        await registry.LeaveAsync("b:1", 5, Never);
        Assert.Equal([new NodeRow("b:1", 6, 3)], await registry.ReadAsync(Never));
        await registry.LeaveAsync("b:1", 6, Never);
        Assert.Empty(await registry.ReadAsync(Never));
    }

    [Fact]
    public async Task A_silent_node_is_taken_out_and_hears_so_if_it_was_alive()
    {
        await using var registry = new PostgresNodeRegistry(await DatabaseAsync());
        await registry.EnterAsync("b:1", 5, Never);
        var seen = Assert.Single(await registry.ReadAsync(Never));
        Assert.True(await registry.BeatAsync("b:1", 5, Never));
        Assert.False(await registry.TakeOutAsync(seen, Never));
        Assert.True(await registry.BeatAsync("b:1", 5, Never));
        Assert.True(await registry.TakeOutAsync(Assert.Single(await registry.ReadAsync(Never)), Never));
        Assert.False(await registry.BeatAsync("b:1", 5, Never));
        // Another was faster, and a new life has the address by now.
        await registry.EnterAsync("b:1", 6, Never);
        Assert.True(await registry.TakeOutAsync(seen, Never));
        Assert.True(await registry.BeatAsync("b:1", 6, Never));
    }

    [Fact]
    public async Task A_database_that_is_away_is_one_line()
    {
        await using var registry = new PostgresNodeRegistry("Host=127.0.0.1;Port=1;Database=x;Username=x");
        var e = await Assert.ThrowsAsync<RegistryException>(() => registry.ReadAsync(Never));
        Assert.DoesNotContain('\n', e.Message);
    }

    private static async Task<string> DatabaseAsync() => await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
}
