using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Postfleet.Delivery.Tests.Smtp;

/// <summary>A server on a real socket that does with one connection what the test says: for what pipes in memory cannot show.</summary>
internal sealed class SocketPeer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);

    public SocketPeer(Func<Call, Task> serve)
    {
        _listener.Start();
        Served = ServeAsync(serve);
    }

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndpoint;

    /// <summary>Ends when the connection was served.</summary>
    public Task Served { get; }

    public void Dispose() => _listener.Dispose();

    private async Task ServeAsync(Func<Call, Task> serve)
    {
        using var socket = await _listener.AcceptSocketAsync();
        await serve(new Call(socket));
    }

    internal sealed class Call(Socket socket)
    {
        private readonly StreamReader _reader = new(new NetworkStream(socket), Encoding.Latin1);

        public async Task SayAsync(string text) => await socket.SendAsync(Encoding.ASCII.GetBytes(text + "\r\n"));

        public async Task<string?> HearAsync() => await _reader.ReadLineAsync();

        /// <summary>Takes the client up to its content.</summary>
        public async Task StartAsync()
        {
            await SayAsync("220 mx");
            await HearAsync();
            await SayAsync("250 mx");
            await ContinueAsync();
        }

        public async Task ContinueAsync()
        {
            foreach (var reply in new[] { "250 ok", "250 ok", "354 go" })
            {
                await HearAsync();
                await SayAsync(reply);
            }
        }

        public async Task HearContentAsync()
        {
            while (await HearAsync() is { } line && line != ".")
            {
            }
        }

        /// <summary>Breaks the connection: what was sent is followed by a reset.</summary>
        public void Reset() => socket.Close(0);
    }
}
