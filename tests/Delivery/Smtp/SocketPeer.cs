using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Postfleet.Delivery.Tests.Smtp;

/// <summary>
/// A server on a real socket. Runs an action of the test for each connection, in order. Shows behaviour impossible with pipes in memory.
/// </summary>
internal sealed class SocketPeer : IDisposable
{
    private readonly Socket _listener;

    public SocketPeer(params Func<Call, Task>[] serve) : this(new IPEndPoint(IPAddress.Loopback, 0), serve)
    {
    }

    public SocketPeer(EndPoint endpoint, params Func<Call, Task>[] serve)
    {
        _listener = new Socket(
            endpoint.AddressFamily, SocketType.Stream, endpoint is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
        _listener.Bind(endpoint);
        _listener.Listen();
        Local = _listener.LocalEndPoint!;
        Served = ServeAsync(serve);
    }

    public EndPoint Local { get; }

    public IPEndPoint EndPoint => (IPEndPoint)Local;

    /// <summary>Completes when all connections were served.</summary>
    public Task Served { get; }

    public void Dispose() => _listener.Dispose();

    private async Task ServeAsync(Func<Call, Task>[] serve)
    {
        foreach (var one in serve)
        {
            using var socket = await _listener.AcceptAsync();
            await one(new Call(socket));
        }
    }

    internal sealed class Call(Socket socket)
    {
        private readonly NetworkStream _plain = new(socket);
        private Stream? _stream;
        private StreamReader? _reader;

        /// <summary>The client's address.</summary>
        public IPAddress? Client => (socket.RemoteEndPoint as IPEndPoint)?.Address;

        /// <summary>The server name (SNI) sent by the client.</summary>
        public string? ServerName { get; private set; }

        private Stream Stream => _stream ??= _plain;

        private StreamReader Reader => _reader ??= new StreamReader(Stream, Encoding.Latin1);

        public async Task SayAsync(string text) => await Stream.WriteAsync(Encoding.ASCII.GetBytes(text + "\r\n"));

        public async Task<string?> HearAsync() => await Reader.ReadLineAsync();

        /// <summary>
        /// Plays a dialogue: lines beginning with <c>C: </c> are expected, lines beginning with <c>S: </c> are sent, where <c>|</c> ends
        /// a line.
        /// </summary>
        public async Task PlayAsync(params string[] script)
        {
            foreach (var step in script)
            {
                if (step == "C: *DATA*") await ReadContentAsync();
                else if (step[0] == 'C') Xunit.Assert.Equal(step[3..], await HearAsync());
                else await SayAsync(step[3..].Replace("|", "\r\n", StringComparison.Ordinal));
            }
        }

        /// <summary>Performs a TLS handshake as the server.</summary>
        public async Task SecureAsync(
            X509Certificate2 certificate, SslProtocols protocols = SslProtocols.None, CipherSuitesPolicy? suites = null)
        {
            var stream = new SslStream(_plain);
            await stream.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions
                {
                    ServerCertificate = certificate,
                    EnabledSslProtocols = protocols,
                    CipherSuitesPolicy = suites,
                });
            ServerName = stream.TargetHostName;
            (_stream, _reader) = (stream, null);
        }

        /// <summary>Greets and proceeds up to the TLS handshake.</summary>
        public async Task StartTlsAsync(
            X509Certificate2 certificate, SslProtocols protocols = SslProtocols.None, CipherSuitesPolicy? suites = null)
        {
            await PlayAsync("S: 220 mx", "C: EHLO client.test", "S: 250-mx|250 STARTTLS", "C: STARTTLS", "S: 220 go");
            await SecureAsync(certificate, protocols, suites);
        }

        /// <summary>Proceeds up to the content.</summary>
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

        public async Task ReadContentAsync()
        {
            while (await HearAsync() is { } line && line != ".")
            {
            }
        }

        /// <summary>Resets the connection after the octets sent so far.</summary>
        public void Reset() => socket.Close(0);
    }
}
