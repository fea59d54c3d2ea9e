using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Postfleet.Testing;

/// <summary>
/// A scriptable SMTP server for tests. It accepts mail on many connections, records each message, and misbehaves on request. With more than
/// 10,000 messages of 4 KiB a second it is not the bottleneck of a load test.
/// </summary>
public sealed class SmtpSink : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<int, Task> _sessions = new();
    private readonly ConcurrentQueue<SinkMessage> _messages = new();
    private readonly ConcurrentDictionary<(string Id, string Recipient), int> _counts = new();
    private readonly ConcurrentDictionary<int, ConcurrentQueue<string>> _commands = new();
    private readonly Dictionary<IPAddress, (int Now, int Max)> _byPeer = [];
    private Socket _socket;
    private Task _accepting = Task.CompletedTask;
    private int _connectionsNow;
    private int _connectionsMax;
    private int _connectionsTotal;
    private int _deliveries;
    private long _duplicates;

    /// <summary>Starts to listen.</summary>
    public SmtpSink(SinkOptions? options = null)
    {
        Options = options ?? new SinkOptions();
        Script = Options.Script ?? (_ => SinkAction.Accept);
        _socket = Bind(new IPEndPoint(Options.Address, Options.Port));
        EndPoint = (IPEndPoint)_socket.LocalEndPoint!;
        Listen();
    }

    /// <summary>The endpoint of the sink.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>The port of the sink.</summary>
    public int Port => EndPoint.Port;

    /// <summary>The reaction at each step. It may be replaced at any time.</summary>
    public Func<SinkStep, SinkAction> Script { get; set; }

    /// <summary>The number of open connections, without those whose client has sent QUIT.</summary>
    public int ConnectionsNow => Volatile.Read(ref _connectionsNow);

    /// <summary>The largest number of connections open at the same time.</summary>
    public int ConnectionsMax => Volatile.Read(ref _connectionsMax);

    /// <summary>The largest number of connections open at the same time, by the address of the client.</summary>
    public IReadOnlyDictionary<IPAddress, int> ConnectionsMaxByPeer
    {
        get
        {
            lock (_byPeer) return _byPeer.ToDictionary(peer => peer.Key, peer => peer.Value.Max);
        }
    }

    /// <summary>Connections since the start.</summary>
    public int ConnectionsTotal => Volatile.Read(ref _connectionsTotal);

    /// <summary>All accepted messages in the order of arrival, including duplicates.</summary>
    public IReadOnlyCollection<SinkMessage> Messages => _messages;

    /// <summary>The number of different (id, recipient) pairs.</summary>
    public int Deliveries => Volatile.Read(ref _deliveries);

    /// <summary>The number of repeated arrivals of an (id, recipient) pair.</summary>
    public long Duplicates => Interlocked.Read(ref _duplicates);

    internal SinkOptions Options { get; }

    /// <summary>How often a message has arrived for a recipient.</summary>
    public int Count(string id, string recipient) => _counts.GetValueOrDefault((id, recipient));

    /// <summary>The pairs that have arrived more than once, with their counts.</summary>
    public IReadOnlyDictionary<(string Id, string Recipient), int> Repeated =>
        _counts.Where(pair => pair.Value > 1).ToDictionary();

    /// <summary>The commands of one connection (with <see cref="SinkOptions.KeepCommands"/>), counted from 1.</summary>
    public IReadOnlyList<string> Commands(int connection) =>
        _commands.TryGetValue(connection, out var lines) ? [.. lines] : [];

    /// <summary>Waits for a number of different (id, recipient) pairs.</summary>
    public Task WaitForAsync(int deliveries, TimeSpan timeout) =>
        Eventually.True(
            () => Task.FromResult(Deliveries >= deliveries),
            timeout,
            () => $"{Deliveries} of {deliveries} deliveries arrived on {EndPoint}, {Duplicates} of them again");

    /// <summary>Refuses new connections; open connections continue. The port stays bound.</summary>
    public async Task RefuseAsync()
    {
        _socket.Dispose();
        await _accepting;
        _socket = Bind(EndPoint);
    }

    /// <summary>Listens again after <see cref="RefuseAsync"/>, on the same port.</summary>
    public void Listen()
    {
        _socket.Listen(1024);
        _accepting = AcceptAsync(_socket);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // A fleet disposes of its sink, and the test that created the sink does too.
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        await _stop.CancelAsync();
        _socket.Dispose();
        await _accepting;
        await Task.WhenAll(_sessions.Values);
        _stop.Dispose();
    }

    internal void Record(SinkMessage message)
    {
        _messages.Enqueue(message);
        foreach (var recipient in message.Recipients)
        {
            if (_counts.AddOrUpdate((message.Id, recipient), 1, (_, n) => n + 1) == 1)
            {
                Interlocked.Increment(ref _deliveries);
            }
            else
            {
                Interlocked.Increment(ref _duplicates);
            }
        }
    }

    internal ConcurrentQueue<string> NewCommands(int connection) => _commands.GetOrAdd(connection, _ => []);

    private static Socket Bind(IPEndPoint endPoint)
    {
        var socket = new Socket(endPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(endPoint);
        return socket;
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (true)
        {
            Socket socket;
            try
            {
                socket = await listener.AcceptAsync(_stop.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // The listener was closed: by RefuseAsync or at the end.
                return;
            }

            var number = Interlocked.Increment(ref _connectionsTotal);
            var now = Interlocked.Increment(ref _connectionsNow);
            InterlockedMax(ref _connectionsMax, now);
            CountPeer(socket.RemoteEndPoint, 1);
            _sessions[number] = ServeAsync(socket, number);
        }
    }

    /// <summary>A connection ends.</summary>
    internal void Uncount(EndPoint? peer)
    {
        Interlocked.Decrement(ref _connectionsNow);
        CountPeer(peer, -1);
    }

    private void CountPeer(EndPoint? peer, int change)
    {
        if (peer is not IPEndPoint { Address: var address }) return;
        lock (_byPeer)
        {
            var (now, max) = _byPeer.GetValueOrDefault(address);
            _byPeer[address] = (now + change, Math.Max(max, now + change));
        }
    }

    private async Task ServeAsync(Socket socket, int number)
    {
        await Task.Yield();
        var session = new SinkSession(this, socket, number);
        try
        {
            using (socket)
            {
                await session.RunAsync(_stop.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The client has closed the connection, or the sink stops. All accepted messages are recorded.
        }
        finally
        {
            session.Uncount();
            _sessions.TryRemove(number, out _);
        }
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen;
        while (value > (seen = Volatile.Read(ref target)) && Interlocked.CompareExchange(ref target, value, seen) != seen)
        {
        }
    }
}
