using Npgsql;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Membership;

/// <summary>A node never stays in a cluster with another database, because no queue would find the mail in its own database.</summary>
public sealed class ForeignDatabaseTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly string _seed = NodeConfiguration.NextHost();

    [Fact]
    public async Task A_node_whose_seed_uses_another_database_does_not_start()
    {
        var (own, other) = (await DatabaseAsync(), await DatabaseAsync());
        await using var first = new PostfleetNode(Seed(other));
        await first.StartAsync();
        await first.Process.WaitForLineAsync("node up", Limit);
        var began = DateTimeOffset.UtcNow;
        for (var hasJoined = false; ; hasJoined = true)
        {
            await using var second = new PostfleetNode(Node(own));
            var process = second.Launch();
            Assert.Equal(2, await process.WaitForExitAsync(Limit));
            if (process.Errors.Count == 0)
            {
                // On a busy machine the seed answers after more than a second. Then the node ends for the same reason after it has joined.
                Assert.Contains(process.Output, line => line.Contains("refused reason=", StringComparison.Ordinal));
                Assert.True(DateTimeOffset.UtcNow - began < Limit, "the seed never answered in time");
                continue;
            }

            Assert.Equal($"postfleet: {await ReasonAsync(own, other)}", Assert.Single(process.Errors));
            // No listener was open, and the node did not join.
            Assert.DoesNotContain(process.Output, line => line.Contains("listening service=", StringComparison.Ordinal));
            Assert.Null(await first.TroubleAsync());
            if (!hasJoined) Assert.Single(first.Process.Output, line => line.Contains("node up", StringComparison.Ordinal));
            return;
        }
    }

    /// <summary>The seed is down at the start of the node, and Akka repeats the request to join.</summary>
    [Fact]
    public async Task A_node_whose_seed_comes_later_with_another_database_ends()
    {
        var (own, other) = (await DatabaseAsync(), await DatabaseAsync());
        await using var second = new PostfleetNode(Node(own));
        var process = second.Launch();
        await process.WaitForLineAsync("not joined", Limit);
        await using var first = new PostfleetNode(Seed(other));
        await first.StartAsync();
        Assert.Equal(2, await process.WaitForExitAsync(Limit));
        var refused = Assert.Single(process.Output, line => line.Contains("refused reason=", StringComparison.Ordinal));
        Assert.Contains(await ReasonAsync(own, other), refused, StringComparison.Ordinal);
        Assert.Empty(process.Errors);
        Assert.Null(await first.TroubleAsync());
    }

    /// <summary>This happens in an upgrade from a version without database ids.</summary>
    [Fact]
    public async Task A_node_with_an_id_and_one_without_join_each_other()
    {
        var database = await DatabaseAsync();
        await using var first = new PostfleetNode(Seed(database));
        await first.StartAsync();
        var id = await IdAsync(database);
        await first.TerminateAsync();
        await using var source = NpgsqlDataSource.Create(database);
        await ExecuteAsync(source, "DELETE FROM cluster_database");
        await first.StartAsync();
        await ExecuteAsync(source, $"INSERT INTO cluster_database (id) VALUES ('{id}')");

        await using var second = new PostfleetNode(Node(database));
        await second.StartAsync();
        await ExecuteAsync(source, "DELETE FROM cluster_database");
        await using var third = new PostfleetNode(Node(database));
        await third.StartAsync();
        await first.Process.WaitForLineAsync($"node up node={third.Spec.ClusterHost}:", Limit);
    }

    private NodeSpec Seed(string database) => new() { Postgres = database, Seeds = [_seed], ClusterHost = _seed };

    private NodeSpec Node(string database) => new() { Postgres = database, Seeds = [_seed] };

    private async Task<string> ReasonAsync(string own, string other) =>
        $"Cluster:Seeds has '{_seed}:4053', which uses the database {await IdAsync(other)}, " +
        "but Storage:ConnectionString of this node leads to " +
        $"the database {await IdAsync(own)}; allowed: one database for all nodes of a cluster";

    private static async Task<string> IdAsync(string database)
    {
        await using var source = NpgsqlDataSource.Create(database);
        await using var command = source.CreateCommand("SELECT id FROM cluster_database");
        return Assert.IsType<string>(await command.ExecuteScalarAsync());
    }

    private static async Task ExecuteAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<string> DatabaseAsync() => await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
}
