using System.Net;

namespace Postfleet.Testing;

/// <summary>
/// Two network namespaces ("sides") with two networks. The first network connects the sides for the cluster's traffic and can be cut: the
/// switch takes its port to the second side down, so that packets vanish silently as when a cable is pulled. The second network connects
/// each side to the tests and is never cut, so that clients, sinks and the database (through its unix socket) see no partition.
/// </summary>
/// <remarks>All addresses are in 198.18.0.0/15, reserved for benchmarks (RFC 2544).</remarks>
public sealed class SplitNetwork : IAsyncDisposable
{
    private const string Port = "side";

    private readonly NetworkNamespace[] _sides;
    private readonly NetworkNamespace _switch;
    private readonly int _net = 2 + (Environment.ProcessId % 250);

    private SplitNetwork(NetworkNamespace[] sides, NetworkNamespace middle) => (_sides, _switch) = (sides, middle);

    /// <summary>The range of all addresses, for the nodes' trusted networks.</summary>
    public static string Cidr => "198.18.0.0/15";

    /// <summary>Creates the network with all links up.</summary>
    /// <param name="nodes">The most nodes of each side.</param>
    /// <param name="sites">The number of addresses for sinks.</param>
    public static async Task<SplitNetwork> CreateAsync(int nodes, int sites)
    {
        var network = new SplitNetwork(
            [await NetworkNamespace.CreateAsync("side 0"), await NetworkNamespace.CreateAsync("side 1")],
            await NetworkNamespace.CreateAsync("switch"));
        await network.BuildAsync(nodes, sites);
        return network;
    }

    /// <summary>A place on a side.</summary>
    public NodePlace Place(int side, int node) =>
        new(Mail(side, node)) { ClusterAddress = Cluster(side, node), Network = _sides[side], AdminToken = "split" };

    private static IPAddress Cluster(int side, int node) => IPAddress.Parse($"198.18.0.{10 + (100 * side) + node}");

    /// <summary>An address of the tests that both sides can reach.</summary>
    public IPAddress Site(int site) => IPAddress.Parse($"198.19.{_net}.{10 + site}");

    /// <summary>Disconnects the sides.</summary>
    public Task CutAsync() => _switch.IpAsync("link", "set", Port + "1", "down");

    /// <summary>Reconnects the sides.</summary>
    public Task HealAsync() => _switch.IpAsync("link", "set", Port + "1", "up");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var side in _sides)
        {
            await side.DisposeAsync();
        }

        await _switch.DisposeAsync();
    }

    // 198.18.<net> and 198.19.<net> of this test process; the link to side 1 is 100 addresses higher.
    private IPAddress Mail(int side, int node) => IPAddress.Parse($"198.18.{_net}.{2 + (100 * side) + node}");

    private async Task BuildAsync(int nodes, int sites)
    {
        await _switch.IpAsync("link", "add", "br0", "type", "bridge", "forward_delay", "0", "stp_state", "0");
        await _switch.IpAsync("link", "set", "br0", "up");
        for (var side = 0; side < 2; side++)
        {
            var inside = _sides[side];
            await _switch.IpAsync("link", "add", $"{Port}{side}", "type", "veth", "peer", "name", "cluster", "netns", inside.Id);
            await _switch.IpAsync("link", "set", $"{Port}{side}", "master", "br0", "up");
            await inside.IpAsync("link", "set", "cluster", "up");
            var link = $"pf{Environment.ProcessId}m{side}";
            await HostIpAsync("link", "add", link, "type", "veth", "peer", "name", "mail", "netns", inside.Id);
            await inside.IpAsync("link", "set", "mail", "up");
            await HostIpAsync("link", "set", link, "up");
            await HostIpAsync("address", "add", $"198.18.{_net}.{1 + (100 * side)}/32", "dev", link);
            for (var node = 0; node < nodes; node++)
            {
                await inside.IpAsync("address", "add", $"{Cluster(side, node)}/24", "dev", "cluster");
                await inside.IpAsync("address", "add", $"{Mail(side, node)}/32", "dev", "mail");
                await HostIpAsync("route", "add", $"{Mail(side, node)}/32", "dev", link);
            }

            // All addresses outside of the cluster's network belong to the tests.
            await inside.IpAsync("route", "add", "default", "dev", "mail");
            for (var site = 0; side == 0 && site < sites; site++)
            {
                await HostIpAsync("address", "add", $"{Site(site)}/32", "dev", link);
            }
        }
    }

    private static Task HostIpAsync(params string[] arguments) => ProcessHost.RunAsync(new ProcessSpec("ip", arguments));
}
