using System.Net;
using System.Net.Sockets;
using Postfleet.Testing;

namespace Postfleet.EndToEnd.Tests.Inbound;

/// <summary>
/// A filter in front of a node, on a fixed port: a process that a drill kills, freezes and starts again, or replaces by a program that
/// lies.
/// </summary>
internal sealed class FilterPeer(string file, Func<FilterPeer, IReadOnlyList<string>> arguments) : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly TempFolder _folder = new("filter");
    private ChildProcess? _process;

    /// <summary>The port on which it listens.</summary>
    public int Port { get; } = FreePort.Tcp();

    /// <summary>Whether the process has others, which end with it alone.</summary>
    public bool HasChildren { get; init; }

    /// <summary>The folder of its files.</summary>
    public string Folder => _folder.FullPath;

    /// <summary>Writes a file into the folder.</summary>
    /// <returns>Its path.</returns>
    public string Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_folder[name])!);
        File.WriteAllText(_folder[name], text);
        return _folder[name];
    }

    /// <summary>Starts the process, and waits until it listens.</summary>
    public async Task StartAsync()
    {
        _process = ProcessHost.Start(new ProcessSpec(file, [.. arguments(this)]) { Folder = Folder });
        await _process.WaitForPortAsync(Port, Limit);
    }

    /// <summary>Ends the process at once.</summary>
    public async Task KillAsync()
    {
        if (HasChildren) await _process!.TerminateAsync(Limit);
        else await _process!.KillAsync();
    }

    /// <summary>Sends a signal to the process.</summary>
    public void Send(Signal signal) => _process!.Send(signal);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_process is { } process)
        {
            if (HasChildren && !process.Exited.IsCompleted) await process.TerminateAsync(Limit);
            await process.DisposeAsync();
        }

        _folder.Dispose();
    }
}

/// <summary>A program in place of a filter that answers each connection with other nonsense.</summary>
internal sealed class FilterLiar : IAsyncDisposable
{
    private static readonly byte[][] Lies =
    [
        [0x7f, 0xff, 0xff, 0xff, 0x00], [0, 0, 0, 1, (byte)'?'], [0, 0, 0, 0, 0, 0, 0, 0], "HTTP/1.1 200 OK\r\n\r\n"u8.ToArray(),
        [0, 0, 0, 13, (byte)'O', 0, 0, 0, 99, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    ];

    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _serving;

    /// <param name="port">The port of the filter.</param>
    public FilterLiar(int port)
    {
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        _serving = ServeAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        _listener.Stop();
        await _serving;
        _ended.Dispose();
    }

    private async Task ServeAsync()
    {
        List<Task> all = [];
        try
        {
            for (var i = 0; ; i++) all.Add(LieAsync(await _listener.AcceptSocketAsync(_ended.Token), Lies[i % Lies.Length]));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(all);
        }
    }

    private async Task LieAsync(Socket socket, byte[] lie)
    {
        using (socket)
        {
            try
            {
                var heard = new byte[4096];
                while (await socket.ReceiveAsync(heard, _ended.Token) > 0) await socket.SendAsync(lie, _ended.Token);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // The node has closed the connection, or the lies are over.
            }
        }
    }
}
