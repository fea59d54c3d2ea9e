using System.Globalization;
using System.Net;

namespace Postfleet.Testing;

/// <summary>
/// A network as in a Kubernetes cluster: each pod has a namespace with an address of its own, and a switch connects all of them with the
/// tests, where clients and mail hosts are.
/// </summary>
/// <remarks>
/// The addresses are in 198.19.0.0/16, reserved for benchmarks (RFC 2544), in the upper half of a /24 by the id of the test process. The
/// addresses of <see cref="SplitNetwork"/> are in the lower half.
/// </remarks>
public sealed class PodNetwork : IAsyncDisposable
{
    private const int FirstSite = 230, LastSite = 254;

    private static readonly string Prefix = $"198.19.{2 + (Environment.ProcessId % 250)}.";

    private readonly NetworkNamespace _switch;
    private int _lastPod = 129;

    private PodNetwork(NetworkNamespace middle) => _switch = middle;

    /// <summary>The range of all addresses.</summary>
    public static string Cidr => $"{Prefix}128/25";

    /// <summary>The address of the tests, for clients.</summary>
    public static IPAddress Host => IPAddress.Parse($"{Prefix}129");

    /// <summary>An address of the tests for a mail host, counted from 0.</summary>
    public static IPAddress Site(int number) => number <= LastSite - FirstSite
        ? IPAddress.Parse($"{Prefix}{FirstSite + number}")
        : throw new ArgumentOutOfRangeException(nameof(number));

    /// <summary>Creates the switch and its link to the tests.</summary>
    /// <param name="sites">The number of addresses for mail hosts.</param>
    public static async Task<PodNetwork> CreateAsync(int sites)
    {
        var network = new PodNetwork(await NetworkNamespace.CreateAsync("switch"));
        try
        {
            await network._switch.IpAsync("link", "add", "br0", "type", "bridge", "forward_delay", "0", "stp_state", "0");
            await network._switch.IpAsync("link", "set", "br0", "up");
            var link = $"pf{Environment.ProcessId}p";
            await IpAsync("link", "add", link, "type", "veth", "peer", "name", "tests", "netns", network._switch.Id);
            await network._switch.IpAsync("link", "set", "tests", "master", "br0", "up");
            await IpAsync("link", "set", link, "up");
            await IpAsync("address", "add", $"{Host}/25", "dev", link);
            for (var i = 0; i < sites; i++) await IpAsync("address", "add", $"{Site(i)}/25", "dev", link);
            return network;
        }
        catch
        {
            await network.DisposeAsync();
            throw;
        }
    }

    /// <summary>Creates the namespace of a pod, with an address that no other pod had.</summary>
    public async Task<(NetworkNamespace Namespace, IPAddress Address)> AddPodAsync(string name)
    {
        var number = Interlocked.Increment(ref _lastPod);
        if (number >= FirstSite) throw new InvalidOperationException("the network has no further address");
        var address = IPAddress.Parse(Prefix + number.ToString(CultureInfo.InvariantCulture));
        var pod = await NetworkNamespace.CreateAsync(name);
        try
        {
            var port = $"pod{number}";
            await _switch.IpAsync("link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", pod.Id);
            await _switch.IpAsync("link", "set", port, "master", "br0", "up");
            await pod.IpAsync("address", "add", $"{address}/25", "dev", "eth0");
            await pod.IpAsync("link", "set", "eth0", "up");
            return (pod, address);
        }
        catch
        {
            await pod.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _switch.DisposeAsync();

    private static Task IpAsync(params string[] arguments) => ProcessHost.RunAsync(new ProcessSpec("ip", arguments));
}
