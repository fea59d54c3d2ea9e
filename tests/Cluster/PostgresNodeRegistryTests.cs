using Npgsql;
using Postfleet.Cluster.Membership;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Cluster.Tests;

public sealed class PostgresNodeRegistryTests
{
    private static readonly CancellationToken Never = CancellationToken.None;

    private static readonly HashSet<(string Address, long Incarnation)> Founder = [("b:1", 5), ("a:1", 4)];

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
    public async Task Node_enters_only_beside_the_row_of_a_member_of_its_cluster()
    {
        await using var registry = await RegistryAsync();
        Assert.False(await registry.TryEnterAsync(Node("c:1", 7), null, Founder, Never));
        Assert.True(await registry.TryFoundAsync([], Node("b:1", 6), Never));
        Assert.False(await registry.TryEnterAsync(Node("c:1", 7), null, Founder, Never));
        Assert.True(await registry.TryFoundAsync(await registry.ReadAsync(Never), Node("b:1", 5), Never));
        Assert.True(await registry.TryEnterAsync(Node("c:1", 7), null, Founder, Never));
    }

    [Fact]
    public async Task Ten_simultaneous_founders_found_one_cluster()
    {
        var database = await DatabaseAsync();
        var results = await Task.WhenAll(Enumerable.Range(0, 10).Select(async i =>
        {
            await using var registry = await RegistryAsync(database);
            return await registry.TryFoundAsync([], Node($"n{i}:1", i), Never);
        }));
        Assert.Single(results, founded => founded);
        await using var after = new PostgresNodeRegistry(database);
        Assert.Equal($"n{Array.IndexOf(results, true)}:1", Assert.Single(await after.ReadAsync(Never)).Address);
    }

    [Fact]
    public async Task Founding_fails_after_a_beat_of_another_node()
    {
        await using var registry = await RegistryAsync();
        Assert.True(await registry.TryFoundAsync([], Node("b:1", 5), Never));
        var seen = await registry.ReadAsync(Never);
        Assert.True(await registry.BeatAsync("b:1", 5, Never));
        Assert.False(await registry.TryFoundAsync(seen, Node("a:1", 9), Never));
        Assert.True(await registry.TryFoundAsync(await registry.ReadAsync(Never), Node("a:1", 9), Never));
        Assert.Equal([new NodeRow("a:1", 9, 1)], await registry.ReadAsync(Never));
    }

    [Fact]
    public async Task Member_of_a_former_cluster_fails_its_next_beat()
    {
        await using var registry = await RegistryAsync();
        Assert.True(await registry.TryFoundAsync([], Node("b:1", 5), Never));
        Assert.True(await registry.BeatAsync("b:1", 5, Never));
        Assert.True(await registry.TryFoundAsync(await registry.ReadAsync(Never), Node("a:1", 9), Never));
        Assert.False(await registry.BeatAsync("b:1", 5, Never));
    }

    [Fact]
    public async Task Process_replaces_the_row_of_an_earlier_process_if_the_row_is_unchanged()
    {
        await using var registry = await RegistryAsync();
        Assert.True(await registry.TryFoundAsync([], Node("b:1", 5), Never));
        var former = Assert.Single(await registry.ReadAsync(Never));
        Assert.False(await registry.TryEnterAsync(Node("b:1", 6), null, Founder, Never));
        Assert.True(await registry.BeatAsync("b:1", 5, Never));
        Assert.False(await registry.TryEnterAsync(Node("b:1", 6), former, Founder, Never));
        Assert.Equal([new NodeRow("b:1", 5, 2)], await registry.ReadAsync(Never));

        former = Assert.Single(await registry.ReadAsync(Never));
        Assert.True(await registry.TryEnterAsync(Node("b:1", 6), former, Founder, Never));
        Assert.False(await registry.BeatAsync("b:1", 5, Never));
        await registry.LeaveAsync("b:1", 5, Never);
        Assert.Equal([new NodeRow("b:1", 6, 3)], await registry.ReadAsync(Never));
        await registry.LeaveAsync("b:1", 6, Never);
        Assert.Empty(await registry.ReadAsync(Never));
    }

    [Fact]
    public async Task One_of_two_processes_with_an_address_that_join_together_enters()
    {
        await using var registry = await RegistryAsync();
        Assert.True(await registry.TryFoundAsync([], Node("b:1", 5), Never));
        Assert.False(await registry.TryEnterAsync(Node("b:1", 6), null, Founder, Never));
        Assert.True(await registry.BeatAsync("b:1", 5, Never));
    }

    [Fact]
    public async Task Next_actor_system_of_a_process_replaces_its_own_row()
    {
        await using var registry = await RegistryAsync();
        Assert.True(await registry.TryFoundAsync([], Node("b:1", 5), Never));
        Assert.True(await registry.TryEnterAsync(Node("b:1", 6) with { Process = Node("b:1", 5).Process }, null, Founder, Never));
        Assert.Equal(6, Assert.Single(await registry.ReadAsync(Never)).Incarnation);
    }

    [Fact]
    public async Task Row_describes_its_process()
    {
        await using var registry = await RegistryAsync();
        var node = Node("b:1", 5);
        await registry.TryFoundAsync([], node, Never);
        var row = Assert.Single(await registry.ReadAsync(Never));
        Assert.Equal((node.Process, "mail-7 (b:1)"), (row.Process, row.Name));
    }

    /// <summary>The statements of a version without descriptions.</summary>
    [Fact]
    public async Task Row_of_an_older_program_has_no_description_even_where_it_replaces_another_row()
    {
        var database = await DatabaseAsync();
        await using var registry = await RegistryAsync(database);
        await registry.TryFoundAsync([], Node("b:1", 5), Never);
        foreach (var (address, incarnation) in new[] { ("a:1", 4L), ("b:1", 6L) })
        {
            await ExecuteAsync(database,
                $"""
                INSERT INTO cluster_node (address, incarnation, beat, seen_at) VALUES ('{address}', {incarnation}, 1, now())
                ON CONFLICT (address) DO UPDATE SET incarnation = {incarnation}, beat = cluster_node.beat + 1, seen_at = now()
                """);
        }

        Assert.All(await registry.ReadAsync(Never), row => Assert.Null(row.Process));
        // The process of the replaced row must not take it for its own.
        Assert.False(await registry.TryEnterAsync(Node("b:1", 7) with { Process = Node("b:1", 5).Process }, null, Founder, Never));
        var former = (await registry.ReadAsync(Never)).Single(row => row.Address == "b:1");
        Assert.True(await registry.TryEnterAsync(Node("b:1", 7), former, Founder, Never));
        Assert.NotNull((await registry.ReadAsync(Never)).Single(row => row.Address == "b:1").Process);
    }

    [Fact]
    public async Task Silent_node_is_removed_and_its_next_beat_fails()
    {
        await using var registry = await RegistryAsync();
        Assert.True(await registry.TryFoundAsync([], Node("b:1", 5), Never));
        var seen = Assert.Single(await registry.ReadAsync(Never));
        Assert.True(await registry.BeatAsync("b:1", 5, Never));
        Assert.False(await registry.RemoveAsync(seen, Never));
        Assert.True(await registry.BeatAsync("b:1", 5, Never));
        Assert.True(await registry.RemoveAsync(Assert.Single(await registry.ReadAsync(Never)), Never));
        Assert.False(await registry.BeatAsync("b:1", 5, Never));
        // Another node has removed the row, and a new start of the node has the address.
        Assert.True(await registry.TryFoundAsync([], Node("b:1", 6), Never));
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

    private static NodeEntry Node(string address, long incarnation) =>
        new(address, incarnation, new NodeProcess($"process of {incarnation}", "mail-7", "queue,delivery", "2.0"));

    private static async Task ExecuteAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(database + ";Pooling=false");
        await connection.OpenAsync(Never);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Never);
    }

    private static async Task<PostgresNodeRegistry> RegistryAsync(string? database = null)
    {
        var registry = new PostgresNodeRegistry(database ?? await DatabaseAsync());
        await registry.PrepareAsync(Never);
        return registry;
    }

    private static async Task<string> DatabaseAsync() => await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
}
