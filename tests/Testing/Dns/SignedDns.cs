using System.Globalization;
using System.Net;
using System.Text;

namespace Postfleet.Testing;

/// <summary>
/// A validating DNS server (unbound) that also holds a signed root, a signed zone <c>test.</c>, and a zone <c>open.</c> that is not signed.
/// </summary>
public sealed class SignedDns : IAsyncDisposable
{
    private const string SignKey = "ECDSAP256SHA256";

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(20);

    private readonly TempFolder _folder = new("signed-dns");
    private ChildProcess? _process;

    private SignedDns()
    {
    }

    /// <summary>The endpoint of the server, for UDP and TCP.</summary>
    public IPEndPoint EndPoint { get; } = new(IPAddress.Loopback, FreePort.UdpAndTcp());

    /// <summary>Starts a server and waits until it serves.</summary>
    /// <param name="records">
    /// Records as in a zone file, with absolute names. Those below <c>open.</c> are not signed; all others are below <c>test.</c>
    /// </param>
    /// <param name="forged">Owners of TLSA records that are changed after they were signed.</param>
    public static async Task<SignedDns> StartAsync(IEnumerable<string> records, params string[] forged)
    {
        var server = new SignedDns();
        await server.RunAsync([.. records], forged);
        return server;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
        _folder.Dispose();
    }

    private async Task RunAsync(string[] records, string[] forged)
    {
        var isOpen = records.ToLookup(record => record.Split(' ')[0].EndsWith(".open.", StringComparison.Ordinal));
        Write("test", [.. Head("test."), .. isOpen[false]]);
        var (key, signer) = await SignAsync("test", "test.");
        Write("test.signed", File.ReadAllLines(_folder["test.signed"]).Select(line => Forge(line, forged)));
        Write("root", [.. Head("."), "test. IN NS ns.test.", "open. IN NS ns.open.", "ns.open. IN A 127.0.0.1", key]);
        (_, signer) = await SignAsync("root", ".");
        Write("open", [.. Head("open."), .. isOpen[true]]);
        Write("unbound.conf", Configuration($"{signer}.ds"));
        _process = ProcessHost.Start(new ProcessSpec("/usr/sbin/unbound", ["-d", "-c", _folder["unbound.conf"]]));
        await _process.WaitForLineAsync("start of service", StartLimit);
    }

    private static string[] Head(string zone)
    {
        var server = zone == "open." ? "ns.open." : "ns.test.";
        return
        [
            "$TTL 60", $"{zone} IN SOA {server} host.test. 1 3600 600 86400 60", $"{zone} IN NS {server}", $"{server} IN A 127.0.0.1",
        ];
    }

    // The DS record of the key, and the name of its files.
    private async Task<(string Record, string Name)> SignAsync(string file, string zone)
    {
        var name = (await ToolAsync("ldns-keygen", "-a", SignKey, "-k", zone))[^1].Trim();
        await ToolAsync("ldns-signzone", "-f", $"{file}.signed", file, name);
        return (File.ReadAllText(_folder[$"{name}.ds"]).Trim(), name);
    }

    private Task<IReadOnlyList<string>> ToolAsync(string tool, params string[] arguments) =>
        ProcessHost.RunAsync(new ProcessSpec($"/usr/bin/{tool}", arguments) { Folder = _folder.FullPath });

    private static string Forge(string line, string[] forged) =>
        forged.Any(owner => line.StartsWith($"{owner}\t", StringComparison.Ordinal)) && line.Contains("\tTLSA\t", StringComparison.Ordinal)
            ? line[..^1] + (line[^1] == '0' ? '1' : '0') : line;

    private string[] Configuration(string anchor)
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"""
            server:
              chroot: ""
              username: ""
              pidfile: ""
              logfile: ""
              use-syslog: no
              directory: "{_folder.FullPath}"
              interface: {EndPoint.Address}@{EndPoint.Port}
              num-threads: 1
              do-not-query-localhost: no
              local-zone: "test." nodefault
              module-config: "validator iterator"
              trust-anchor-file: "{anchor}"
            remote-control:
              control-enable: no

            """);
        foreach (var (zone, file) in ((string, string)[])[(".", "root.signed"), ("test.", "test.signed"), ("open.", "open")])
        {
            text.Append(CultureInfo.InvariantCulture, $"""
                auth-zone:
                  name: "{zone}"
                  zonefile: "{file}"
                  for-downstream: no
                  for-upstream: yes

                """);
        }

        return [text.ToString()];
    }

    private void Write(string file, IEnumerable<string> lines) => File.WriteAllLines(_folder[file], lines.ToArray());
}
