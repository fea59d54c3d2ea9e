using Postfleet.Cluster.Membership;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Cluster.Tests;

public sealed class PostgresNodeRegistryTests
{
    private static readonly CancellationToken Never = CancellationToken.None;

    [Fact]
    public async Task Database_has_a_permanent_id_of_its_own()
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
    public async Task Ten_simultaneous_founders_found_one_cluster()
    {
        var database = await DatabaseAsync();
        var results = await Task.WhenAll(Enumerable.Range(0, 10).Select(async i =>
        {
            await using var registry = await RegistryAsync(database);
            return await registry.TryFoundAsync([], $"n{i}:1", i, Never);
        }));
        Assert.Single(results, founded => founded);
        await using var after = new PostgresNodeRegistry(database);
        Assert.Equal($"n{Array.IndexOf(results, true)}:1", Assert.Single(await after.ReadAsync(Never)).Address);
    }

    [Fact]
    public async Task Founding_fails_after_a_beat_of_another_node()
    {
        await using var registry = await RegistryAsync();
        await registry.EnterAsync("b:1", 5, Never);
        var seen = await registry.ReadAsync(Never);
        Assert.True(await registry.BeatAsync("b:1", 5, Never));
        Assert.False(await registry.TryFoundAsync(seen, "a:1", 9, Never));
        Assert.True(await registry.TryFoundAsync(await registry.ReadAsync(Never), "a:1", 9, Never));
        Assert.Equal([new NodeRow("a:1", 9, 1)], await registry.ReadAsync(Never));
    }

    [Fact]
    public async Task Member_of_a_former_cluster_fails_its_next_beat()
    {
        await using var registry = await RegistryAsync();
        await registry.EnterAsync("b:1", 5, Never);
        Assert.True(await registry.BeatAsync("b:1", 5, Never));
        Assert.True(await registry.TryFoundAsync(await registry.ReadAsync(Never), "a:1", 9, Never));
        Assert.False(await registry.BeatAsync("b:1", 5, Never));
    }

    [Fact]
    public async Task Second_node_at_an_address_removes_the_first()
    {
        await using var registry = await RegistryAsync();
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
    public async Task Silent_node_is_removed_and_its_next_beat_fails()
    {
        await using var registry = await RegistryAsync();
        await registry.EnterAsync("b:1", 5, Never);
        var seen = Assert.Single(await registry.ReadAsync(Never));
        Assert.True(await registry.BeatAsync("b:1", 5, Never));
        Assert.False(await registry.RemoveAsync(seen, Never));
        Assert.True(await registry.BeatAsync("b:1", 5, Never));
        Assert.True(await registry.RemoveAsync(Assert.Single(await registry.ReadAsync(Never)), Never));
        Assert.False(await registry.BeatAsync("b:1", 5, Never));
        // Another node has removed the row, and a new start of the node has the address.
        await registry.EnterAsync("b:1", 6, Never);
        Assert.True(await registry.RemoveAsync(seen, Never));
        Assert.True(await registry.BeatAsync("b:1", 6, Never));
    }

    [Fact]
    public async Task Unavailable_database_is_reported_in_one_line()
    {
        await using var registry = new PostgresNodeRegistry("Host=127.0.0.1;Port=1;Database=x;Username=x");
        var e = await Assert.ThrowsAsync<RegistryException>(() => registry.ReadAsync(Never));
        Assert.DoesNotContain('\n', e.Message);
    }

    private static async Task<PostgresNodeRegistry> RegistryAsync(string? database = null)
    {
        var registry = new PostgresNodeRegistry(database ?? await DatabaseAsync());
        await registry.PrepareAsync(Never);
        return registry;
    }

    private static async Task<string> DatabaseAsync() => await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
}
