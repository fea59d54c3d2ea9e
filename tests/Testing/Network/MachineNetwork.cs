using System.Net;

namespace Postfleet.Testing;

/// <summary>
/// Network namespaces as machines that reach each other and the tests through a switch. A machine can be cut off: its packets vanish
/// silently in both directions, as after a power failure. The addresses of the network cards are fixed, so that no failed look-up of a
/// neighbour reports the loss earlier.
/// </summary>
public sealed class MachineNetwork : IAsyncDisposable
{
    private readonly List<NetworkNamespace> _machines = [];
    private readonly NetworkNamespace _switch;
    private readonly int _net = 2 + (Environment.ProcessId % 250);

    private MachineNetwork(NetworkNamespace middle) => _switch = middle;

    /// <summary>The machines.</summary>
    public IReadOnlyList<NetworkNamespace> Machines => _machines;

    private static string HostLink => $"pf{Environment.ProcessId}d";

    /// <summary>Creates a network with all links up.</summary>
    public static async Task<MachineNetwork> CreateAsync(int machines)
    {
        var network = new MachineNetwork(await NetworkNamespace.CreateAsync("switch"));
        await network.BuildAsync(machines);
        return network;
    }

    /// <summary>The address of a machine.</summary>
    public IPAddress Address(int machine) => IPAddress.Parse($"198.19.{_net}.{130 + machine}");

    /// <summary>Lets all packets from and to a machine vanish.</summary>
    public Task CutAsync(int machine) => _switch.IpAsync("link", "set", $"m{machine}", "down");

    /// <summary>Connects a machine again.</summary>
    public Task HealAsync(int machine) => _switch.IpAsync("link", "set", $"m{machine}", "up");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var machine in _machines) await machine.DisposeAsync();
        await _switch.DisposeAsync();
    }

    private static string Card(int machine) => $"02:00:00:00:01:{machine:x2}";

    private async Task BuildAsync(int machines)
    {
        await _switch.IpAsync("link", "add", "br0", "type", "bridge", "forward_delay", "0", "stp_state", "0");
        await _switch.IpAsync("link", "set", "br0", "up");
        await HostIpAsync("link", "add", HostLink, "type", "veth", "peer", "name", "host", "netns", _switch.Id);
        await _switch.IpAsync("link", "set", "host", "master", "br0", "up");
        await HostIpAsync("link", "set", HostLink, "up");
        await HostIpAsync("address", "add", $"198.19.{_net}.129/25", "dev", HostLink);
        for (var machine = 0; machine < machines; machine++)
        {
            var made = await NetworkNamespace.CreateAsync($"machine {machine}");
            _machines.Add(made);
            await _switch.IpAsync("link", "add", $"m{machine}", "type", "veth", "peer", "name", "net", "netns", made.Id);
            await _switch.IpAsync("link", "set", $"m{machine}", "master", "br0", "up");
            await made.IpAsync("link", "set", "net", "address", Card(machine));
            await made.IpAsync("link", "set", "net", "up");
            await made.IpAsync("address", "add", $"{Address(machine)}/25", "dev", "net");
            await HostIpAsync("neighbour", "replace", $"{Address(machine)}", "lladdr", Card(machine), "dev", HostLink, "nud", "permanent");
        }
    }

    private static Task HostIpAsync(params string[] arguments) => ProcessHost.RunAsync(new ProcessSpec("ip", arguments));
}
