using System.Net;
using System.Net.Sockets;
using Postfleet.Frontend.Options;
using Postfleet.Testing;

namespace Postfleet.Frontend.Tests.Fixtures;

/// <summary>A real filter as a process of the test, with its files in a temporary folder. It listens on a Unix socket or a port.</summary>
internal sealed class MilterProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly List<ChildProcess> _processes = [];

    public TempFolder Folder { get; } = new("milter");

    /// <summary>Where it listens.</summary>
    public FilterEndpoint Endpoint { get; private set; } = new("127.0.0.1", FreePort.Tcp());

    /// <summary>Whether the filter starts processes of its own.</summary>
    public bool HasChildren { get; init; }

    /// <summary>Its entry in the configuration.</summary>
    public FilterOptions Options(string name) => new() { Name = name, Endpoint = Endpoint };

    /// <summary>Writes a file into the folder.</summary>
    public string Write(string name, string text)
    {
        File.WriteAllText(Folder[name], text);
        return Folder[name];
    }

    /// <summary>Lets it listen on a socket in the folder.</summary>
    public string UseSocket()
    {
        Endpoint = new FilterEndpoint(Folder["socket"], 0);
        return Endpoint.Host;
    }

    /// <summary>Starts a program.</summary>
    public void Start(string file, params string[] arguments) => _processes.Add(ProcessHost.Start(new ProcessSpec(file, arguments)
    {
        Folder = Folder.FullPath,
    }));

    /// <summary>Waits until the filter accepts connections.</summary>
    public async Task ReadyAsync() => await Eventually.True(async () =>
    {
        var ended = _processes.FirstOrDefault(process => process.Exited.IsCompleted);
        if (ended is not null) throw new InvalidOperationException(string.Join('\n', ended.Output));
        try
        {
            using var socket = Endpoint.IsUnix ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
                : new Socket(SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(Endpoint.IsUnix ? new UnixDomainSocketEndPoint(Endpoint.Host)
                : new IPEndPoint(IPAddress.Parse(Endpoint.Host), Endpoint.Port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }, StartLimit, "the filter does not listen");

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
        {
            // After SIGTERM, a filter ends its own children, which hold its output open. libmilter takes five seconds.
            if (HasChildren && !process.Exited.IsCompleted) await process.TerminateAsync(StartLimit);
            await process.DisposeAsync();
        }

        Folder.Dispose();
    }
}
