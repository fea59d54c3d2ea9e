using System.Diagnostics;
using System.Net;

namespace Postfleet.Testing;

/// <summary>A real DNS server (dnsmasq) on a free port, with exactly the records of a test.</summary>
public sealed class Dnsmasq : IAsyncDisposable
{
    private const int Attempts = 5;

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(20);

    private readonly DnsFault _failing = new(answers: true);
    private readonly DnsFault _silent = new(answers: false);
    private ChildProcess? _process;

    private Dnsmasq()
    {
    }

    /// <summary>The endpoint of the server, for UDP and TCP.</summary>
    public IPEndPoint EndPoint { get; private set; } = new(IPAddress.Loopback, 0);

    /// <summary>Starts a server and waits until it serves.</summary>
    /// <param name="records">Its records.</param>
    /// <param name="address">Where it listens; on 127.0.0.1 when not given.</param>
    public static async Task<Dnsmasq> StartAsync(DnsRecords records, IPAddress? address = null)
    {
        var server = new Dnsmasq();
        for (var attempt = 1; ; attempt++)
        {
            server.EndPoint = new IPEndPoint(address ?? IPAddress.Loopback, FreePort.UdpAndTcp());
            try
            {
                await server.RunAsync(records);
                return server;
            }
            catch (InvalidOperationException) when (attempt < Attempts && server.PortWasTaken)
            {
                // Another process took the port after it was found free.
            }
        }
    }

    /// <summary>Replaces the records. The port stays the same.</summary>
    public async Task ReplaceAsync(DnsRecords records)
    {
        await StopAsync();
        await RunAsync(records);
    }

    /// <summary>Stops the server: its port is closed until <see cref="ReplaceAsync"/>.</summary>
    public async Task StopAsync()
    {
        if (_process is { } process)
        {
            // dnsmasq forks a process for each TCP client, which would live for minutes and keep the output open.
            if (!process.Exited.IsCompleted)
            {
                using var tree = Process.GetProcessById(process.Id);
                tree.Kill(entireProcessTree: true);
            }

            await process.DisposeAsync();
            _process = null;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _failing.Dispose();
        _silent.Dispose();
    }

    private bool PortWasTaken => _process!.Output.Any(line => line.Contains("in use", StringComparison.Ordinal));

    private async Task RunAsync(DnsRecords records)
    {
        List<string> arguments =
        [
            "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--no-poll", "--pid-file=",
            "--log-facility=-", "--bind-interfaces", $"--listen-address={EndPoint.Address}", $"--port={EndPoint.Port}",
            $"--user={Environment.UserName}", "--cache-size=0", "--local=/#/", .. records.Options,
            .. records.FailingDomains.Select(domain => $"--server=/{domain}/127.0.0.1#{_failing.Port}"),
            .. records.SilentDomains.Select(domain => $"--server=/{domain}/127.0.0.1#{_silent.Port}"),
        ];
        _process = ProcessHost.Start(new ProcessSpec("/usr/sbin/dnsmasq", arguments));
        // dnsmasq logs this line after it has bound its sockets. It exits if the port is in use.
        await _process.WaitForLineAsync("started, version", StartLimit);
    }
}
