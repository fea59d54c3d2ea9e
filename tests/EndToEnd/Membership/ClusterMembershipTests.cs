using System.Text.Json.Nodes;
using Postfleet.EndToEnd.Tests.Fixtures;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Membership;

/// <summary>Tests of joining a cluster, and that there is never a second cluster.</summary>
public sealed class ClusterMembershipTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    /// <summary>By Akka's own rule a first seed that reaches no other seed founds a second cluster.</summary>
    [Fact]
    public async Task The_only_seed_starts_again_and_joins_the_nodes_that_live()
    {
        var seed = NodeConfiguration.NextHost();
        var database = await DatabaseAsync();
        var specs = Enumerable.Range(0, 3).Select(i => new NodeSpec
        {
            Postgres = database,
            Seeds = [seed],
            Roles = ["queue", "delivery"],
            ClusterHost = i == 0 ? seed : NodeConfiguration.NextHost(),
        }).ToArray();
        await using var first = new PostfleetNode(specs[0]);
        await using var second = new PostfleetNode(specs[1]);
        await using var third = new PostfleetNode(specs[2]);
        await Task.WhenAll(first.StartAsync(), second.StartAsync(), third.StartAsync());
        Assert.Contains(first.Process.Output, line => line.Contains("founding cluster", StringComparison.Ordinal));

        await first.KillAsync();
        await first.StartAsync();
        Assert.DoesNotContain(first.Process.Output, line => line.Contains("founding cluster", StringComparison.Ordinal));
        // The existing nodes have accepted the new node.
        await first.Process.WaitForLineAsync($"node up node={specs[1].ClusterHost}:", Limit);
        await first.Process.WaitForLineAsync($"node up node={specs[2].ClusterHost}:", Limit);

        Assert.Equal(0, await third.TerminateAsync());
        await first.Process.WaitForLineAsync($"node removed node={specs[2].ClusterHost}:", Limit);
        Assert.DoesNotContain(
            third.Process.Output, line => line.Contains($"node removed node={specs[1].ClusterHost}:", StringComparison.Ordinal));
    }

    /// <summary>Akka logs the same message for all these causes, every second.</summary>
    [Theory]
    [InlineData("127.0.0.1:1", "127.0.0.1:1 refuses connections: no process listens on its port")]
    [InlineData(null, "listens but does not answer: it is in no cluster yet")]
    public async Task Node_that_cannot_join_logs_the_reason_in_one_line(string? seed, string reason)
    {
        var lonely = NodeConfiguration.NextHost();
        var database = await DatabaseAsync();
        await using var other = new PostfleetNode(new NodeSpec
        {
            Postgres = database,
            Configure = json => json["Cluster"]!["Seeds"] = new JsonArray("127.0.0.1:1"),
            Roles = ["frontend"],
            ClusterHost = lonely
        });
        await using var node = new PostfleetNode(
            new NodeSpec
            {
                Postgres = database,
                Configure = json => json["Cluster"]!["Seeds"] = new JsonArray(seed ?? $"{lonely}:4053"),
                Roles = ["frontend"],
                ClusterHost = NodeConfiguration.NextHost()
            });
        if (seed is null)
        {
            other.Launch();
            await other.Process.WaitForLineAsync("admin listening", Limit);
        }

        node.Launch();
        var line = await node.Process.WaitForLineAsync("not joined", Limit);
        Assert.Contains(reason, line, StringComparison.Ordinal);
        Assert.DoesNotContain(node.Process.Output, each => each.Contains(" akka ", StringComparison.Ordinal));
    }

    /// <summary>Two machines with the default <c>Cluster:Host</c> would remove each other from the cluster every few seconds.</summary>
    [NamespaceTheory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_node_whose_address_another_machine_has_ends_and_leaves_the_other_alone(bool hasSeeds)
    {
        await using var machine = await NetworkNamespace.CreateAsync("machine");
        var host = NodeConfiguration.NextHost();
        var spec = new NodeSpec { Postgres = await DatabaseAsync(), ClusterHost = host, Seeds = hasSeeds ? [host] : [] };
        await using var node = new PostfleetNode(spec);
        await node.StartAsync();
        await using var second = new PostfleetNode(spec with { Wrap = (process, _) => machine.Inside(process) });
        var process = second.Launch();
        Assert.Equal(2, await process.WaitForExitAsync(Limit));
        Assert.Equal($"postfleet: {AddressInUse(host)}", Assert.Single(process.Errors));
        // No listener was open.
        Assert.DoesNotContain(process.Output, line => line.Contains("listening service=", StringComparison.Ordinal));
        Assert.DoesNotContain(node.Process.Output, line => line.Contains("ousted", StringComparison.Ordinal));
        Assert.Null(await node.TroubleAsync());
    }

    [Fact]
    public async Task A_node_starts_again_after_its_process_was_killed()
    {
        await using var node = new PostfleetNode(new NodeSpec { Postgres = await DatabaseAsync() });
        await node.StartAsync();
        await node.KillAsync();
        await node.StartAsync();
    }

    [Fact]
    public async Task With_mutual_tls_only_nodes_with_a_certificate_of_the_cluster_get_in()
    {
        using var certificates = new ClusterCertificates("cluster");
        using var foreign = new ClusterCertificates("another cluster");
        var seed = NodeConfiguration.NextHost();
        var database = await DatabaseAsync();
        NodeSpec Spec(string host, Action<JsonObject>? configure) =>
            new() { Postgres = database, Seeds = [seed], ClusterHost = host, Roles = ["queue"], Configure = configure };
        await using var first = new PostfleetNode(Spec(seed, certificates.Apply));
        await using var second = new PostfleetNode(Spec(NodeConfiguration.NextHost(), certificates.Apply));
        await Task.WhenAll(first.StartAsync(), second.StartAsync());

        await using var stranger = new PostfleetNode(Spec(NodeConfiguration.NextHost(), foreign.Apply));
        stranger.Launch();
        await first.Process.WaitForLineAsync("is refused by the cluster", Limit);
        await using var plain = new PostfleetNode(Spec(NodeConfiguration.NextHost(), null));
        plain.Launch();
        await first.Process.WaitForLineAsync("Rejected incoming connection", Limit);
        // Akka ends the actor system of a refused node. The node creates a new one and tries again.
        await stranger.Process.WaitForLineAsync("rejoining", Limit);
        foreach (var node in new[] { stranger, plain })
            Assert.DoesNotContain(node.Process.Output, line => line.Contains("node up", StringComparison.Ordinal)
                || line.Contains(" ready ", StringComparison.Ordinal));
        foreach (var node in new[] { first, second })
            Assert.Equal(2, node.Process.Output.Count(line => line.Contains("node up", StringComparison.Ordinal)));
    }

    internal static string AddressInUse(string host) =>
        $"Cluster:Host {host}:4053 is used by node {Environment.MachineName} on the same database; " +
        "set Cluster:Host to the address by which the other nodes reach this node";

    private static async Task<string> DatabaseAsync() => await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
}
