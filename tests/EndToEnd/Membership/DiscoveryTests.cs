using System.Globalization;
using Npgsql;
using Postfleet.EndToEnd.Tests.Fixtures;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Membership;

/// <summary>Nodes on several machines, which are network namespaces, find each other in their database.</summary>
public sealed class DiscoveryTests
{
    private const string Port = "5432";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    // Passes connections to the server's Unix socket: the server itself has no address.
    private const string Forwarder =
        """
        import asyncio, sys
        async def copy(source, target):
            try:
                while data := await source.read(65536):
                    target.write(data)
                    await target.drain()
            finally:
                target.close()
        async def serve(source, target):
            back, there = await asyncio.open_unix_connection(sys.argv[3])
            await asyncio.gather(copy(source, there), copy(back, target), return_exceptions=True)
        async def main():
            server = await asyncio.start_server(serve, sys.argv[1], int(sys.argv[2]))
            print("forwarding", flush=True)
            await server.serve_forever()
        asyncio.run(main())
        """;

    [NamespaceTheory]
    [InlineData(3)]
    public async Task Nodes_without_seeds_form_a_cluster_come_back_under_other_addresses_and_admit_a_node_that_finds_its_address(int count)
    {
        await using var network = await SplitNetwork.CreateAsync(nodes: 4, sites: 0);
        var database = await DatabaseAsync();
        NodeSpec Spec(int side, int number) => new()
        {
            Name = $"node-{side}-{number}",
            Postgres = database,
            Place = network.Place(side, number),
            ClusterHost = network.Place(side, number).ClusterAddress.ToString(),
        };
        var first = Enumerable.Range(0, count).Select(i => new PostfleetNode(Spec(i % 2, i / 2))).ToArray();
        await Task.WhenAll(first.Select(node => node.StartAsync(Limit)));
        Assert.Single(first, node => Has(node, "founding cluster"));
        await UpAsync(first[0], count);
        await Task.WhenAll(first.Select(node => node.KillAsync()));

        var second = Enumerable.Range(0, count).Select(i => new PostfleetNode(Spec((i + 1) % 2, (i + count) / 2))).ToArray();
        await Task.WhenAll(second.Select(node => node.StartAsync(Limit)));
        Assert.Single(second, node => Has(node, "founding cluster"));
        await UpAsync(second[0], count);

        // A laptop with the connection string of production.
        await using var laptop = new PostfleetNode(
            Auto(database) with { Wrap = (process, _) => network.Place(0, 0).Network!.Inside(process) });
        Assert.Equal(2, await laptop.Launch().WaitForExitAsync(Limit));
        var line = Assert.Single(laptop.Process.Errors);
        Assert.StartsWith("postfleet: Cluster:Host 127.0.0.1:4053 is a loopback address, and node ", line, StringComparison.Ordinal);
        Assert.Contains("; set Cluster:Host to the address by which the other nodes reach this node", line, StringComparison.Ordinal);

        // The database has an address now, from which the last node finds its own.
        var place = network.Place(0, 0);
        var settings = new NpgsqlConnectionStringBuilder(database);
        await using var forwarder = ProcessHost.Start(place.Network!.Inside(new ProcessSpec(
            "python3", ["-c", Forwarder, $"{place.ClusterAddress}", Port, $"{settings.Host}/.s.PGSQL.{settings.Port}"])));
        await forwarder.WaitForLineAsync("forwarding", Limit);
        settings.Host = $"{place.ClusterAddress}";
        settings.Port = int.Parse(Port, CultureInfo.InvariantCulture);
        // Kerberos would look up names, and the DNS server of this machine is not reached from the namespaces.
        settings.GssEncryptionMode = GssEncryptionMode.Disable;
        await using var last = new PostfleetNode(
            Auto(settings.ConnectionString) with { Place = network.Place(1, 3), ClusterHost = $"{network.Place(1, 0).ClusterAddress}" });
        await last.StartAsync(Limit);
        await UpAsync(second[0], count + 1);
        Assert.True(Has(last, $"cluster address host={network.Place(1, 0).ClusterAddress}"));
        foreach (var node in first.Concat(second))
        {
            Assert.False(Has(node, "ousted"));
            await node.DisposeAsync();
        }
    }

    /// <summary>Two machines with the defaults would remove each other from the cluster every few seconds.</summary>
    [NamespaceTheory]
    [InlineData(2)]
    public async Task One_of_several_machines_with_the_default_address_that_start_together_lives(int count)
    {
        var database = await DatabaseAsync();
        var machines = await Task.WhenAll(Enumerable.Range(0, count).Select(i => NetworkNamespace.CreateAsync($"machine {i}")));
        var nodes = machines
            .Select(machine => new PostfleetNode(Auto(database) with { Wrap = (process, _) => machine.Inside(process) })).ToArray();
        var processes = nodes.Select(node => node.Launch()).ToArray();
        var ended = await Task.WhenAny(processes.Select(process => process.Exited)).WaitAsync(Limit);
        var loser = processes.Single(process => process.Exited == ended);
        Assert.Equal(2, await loser.WaitForExitAsync(Limit));
        Assert.Contains(
            ClusterMembershipTests.AddressInUse("127.0.0.1"), string.Join('\n', loser.Errors.Concat(loser.Output)).Replace("\\\"", "\"",
                StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain(loser.Output, line => line.Contains("founding cluster", StringComparison.Ordinal));
        var winner = nodes.Single(node => node.IsRunning);
        await winner.Process.WaitForLineAsync(" ready ", Limit);
        Assert.False(Has(winner, "ousted"));
        foreach (var node in nodes) await node.DisposeAsync();
        foreach (var machine in machines) await machine.DisposeAsync();
    }

    private static NodeSpec Auto(string database) =>
        new() { Postgres = database, Configure = json => json["Cluster"]!.AsObject().Remove("Host") };

    private static async Task UpAsync(PostfleetNode node, int members) => await Eventually.True(
        async () => (await node.GetAsync("/api/v1/cluster"))["members"]!.AsArray()
            .Count(member => (string?)member!["status"] == "Up" && (bool)member["isReachable"]!) == members,
        Limit, $"{members} nodes are up");

    private static bool Has(PostfleetNode node, string text) =>
        node.Process.Output.Any(line => line.Contains(text, StringComparison.Ordinal));

    private static async Task<string> DatabaseAsync() => await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
}
