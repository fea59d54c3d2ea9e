using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Channels;
using Postfleet.Frontend.Options;

namespace Postfleet.Frontend.Tests.Fixtures;

/// <summary>
/// A milter in the test process, on a loopback port. A rule says what it does with each command: the frames of its reply, null to say
/// nothing, or an exception to close the connection. A frame is a code and its data as Latin-1.
/// </summary>
internal sealed class FakeMilter : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Func<FakeMilter, char, string, string[]?> _rule;
    private readonly ConcurrentQueue<string> _received = new();
    private readonly Channel<char> _stuck = Channel.CreateUnbounded<char>();
    private readonly CancellationTokenSource _ended = new();
    private readonly Task _serving;
    private int _connections;

    /// <param name="rule">Gets the milter, the code and the data of a command, with NULs as <c>|</c>.</param>
    /// <param name="steps">The steps that it wants left out.</param>
    /// <param name="macros">The macros that it chooses: a stage and names, for example <c>0 j {client_addr}</c>.</param>
    public FakeMilter(Func<FakeMilter, char, string, string[]?> rule, uint steps = 0, params string[] macros)
    {
        _rule = rule;
        (Steps, Macros) = (steps, macros);
        _listener.Start();
        _serving = ServeAsync();
    }

    /// <summary>What it negotiates as steps.</summary>
    public uint Steps { get; }

    /// <summary>The macros that it chooses.</summary>
    public string[] Macros { get; }

    /// <summary>The received frames in order, each the code and the data, with NULs as <c>|</c>.</summary>
    public IReadOnlyList<string> Received => [.. _received];

    /// <summary>The number of connections.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>The codes of the commands that got no reply.</summary>
    public ChannelReader<char> Stuck => _stuck.Reader;

    /// <summary>Its entry in the configuration.</summary>
    public FilterOptions Options(FilterFailure onFailure = FilterFailure.Defer) => new()
    {
        Name = "fake",
        Endpoint = new FilterEndpoint("127.0.0.1", ((IPEndPoint)_listener.LocalEndpoint).Port),
        OnFailure = onFailure,
    };

    /// <summary>Agrees and lets everything pass.</summary>
    public string[]? Pass(char code, string data) => code switch
    {
        'O' => [Agreement(0x1ff, Steps, 6)],
        'D' or 'A' or 'Q' or 'K' => [],
        _ => ["c"],
    };

    /// <summary>The frame of an agreement.</summary>
    public string Agreement(uint actions, uint steps, uint version)
    {
        var data = new byte[12];
        BinaryPrimitives.WriteUInt32BigEndian(data, version);
        BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(4), actions);
        BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(8), steps);
        return "O" + Encoding.Latin1.GetString(data) + string.Concat(Macros.Select(text => $"\0\0\0{(char)(text[0] - '0')}{text[2..]}\0"));
    }

    /// <summary>A frame with its length, as Latin-1.</summary>
    public static string Framed(string frame) => Encoding.Latin1.GetString(
        [(byte)(frame.Length >> 24), (byte)(frame.Length >> 16), (byte)(frame.Length >> 8), (byte)frame.Length]) + frame;

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        _listener.Stop();
        await _serving;
        _ended.Dispose();
    }

    private async Task ServeAsync()
    {
        var all = new List<Task>();
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync(_ended.Token);
                Interlocked.Increment(ref _connections);
                all.Add(ServeAsync(socket));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(all);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            var head = new byte[4];
            while (true)
            {
                await stream.ReadExactlyAsync(head, _ended.Token);
                var frame = new byte[BinaryPrimitives.ReadInt32BigEndian(head)];
                await stream.ReadExactlyAsync(frame, _ended.Token);
                var text = Encoding.Latin1.GetString(frame).Replace('\0', '|');
                _received.Enqueue(text);
                var frames = _rule(this, text[0], text[1..]);
                if (frames is null) _stuck.Writer.TryWrite(text[0]);
                var replies = (frames ?? []).Select(reply => reply.StartsWith('#') ? reply[1..] : Framed(reply));
                await stream.WriteAsync(Encoding.Latin1.GetBytes(string.Concat(replies)), _ended.Token);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or InvalidOperationException or SocketException)
        {
            // The connection is over.
        }
    }
}
