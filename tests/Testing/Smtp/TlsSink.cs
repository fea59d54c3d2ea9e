using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Postfleet.Testing;

/// <summary>A message that a <see cref="TlsSink"/> has taken.</summary>
/// <param name="Connection">The number of the connection, from 1 on.</param>
/// <param name="IsSecure">Whether the connection had TLS.</param>
/// <param name="From">The MAIL command.</param>
/// <param name="To">The RCPT commands.</param>
public sealed record TlsSinkMessage(int Connection, bool IsSecure, string From, IReadOnlyList<string> To);

/// <summary>A mail host with STARTTLS that takes all mail, for tests of transport security.</summary>
public sealed class TlsSink : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stopped = new();
    private readonly Lock _lock = new();
    private readonly List<TlsSinkMessage> _messages = [];
    private readonly Task _running;
    private int _connections;

    /// <summary>Starts a host.</summary>
    /// <param name="address">The address.</param>
    /// <param name="port">The port; 0 for a free one.</param>
    public TlsSink(string address, int port = 0)
    {
        _listener = new TcpListener(IPAddress.Parse(address), port);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _running = Task.Run(AcceptAsync);
    }

    /// <summary>The port.</summary>
    public int Port { get; }

    /// <summary>The certificate, with its key; null offers no STARTTLS.</summary>
    public X509Certificate2? Certificate { get; set; }

    /// <summary>The certificates for single names of the handshake (SNI).</summary>
    public Dictionary<string, X509Certificate2> ByName { get; } = [];

    /// <summary>Further extensions.</summary>
    public IReadOnlyList<string> Extensions { get; set; } = [];

    /// <summary>Replaces the reply to a command; null for the usual one.</summary>
    public Func<string, string?> Script { get; set; } = _ => null;

    /// <summary>How many connections were made.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>The messages in the order in which they came.</summary>
    public IReadOnlyList<TlsSinkMessage> Messages
    {
        get
        {
            lock (_lock) return [.. _messages];
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopped.CancelAsync();
        _listener.Dispose();
        await _running;
        _stopped.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stopped.Token), Interlocked.Increment(ref _connections));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or InvalidOperationException)
        {
            // The end.
        }
    }

    private async Task ServeAsync(TcpClient client, int number)
    {
        try
        {
            using (client)
            {
                var plain = client.GetStream();
                await SayAsync(plain, "220 sink");
                if (!await TalkAsync(plain, number, isSecure: false)) return;
                await using var secure = new SslStream(plain);
                var options = new SslServerAuthenticationOptions
                {
                    ServerCertificateSelectionCallback = (_, name) => ByName.GetValueOrDefault(name ?? "") ?? Certificate!,
                };
                await secure.AuthenticateAsServerAsync(options, _stopped.Token);
                await TalkAsync(secure, number, isSecure: true);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or AuthenticationException)
        {
            // The client has left.
        }
    }

    // Whether the client begins TLS. A client waits for the reply to STARTTLS, so nothing is read ahead of the handshake.
    private async Task<bool> TalkAsync(Stream stream, int number, bool isSecure)
    {
        using var reader = new StreamReader(stream, Encoding.Latin1, leaveOpen: true);
        var (from, to) = ("", new List<string>());
        while (await reader.ReadLineAsync(_stopped.Token) is { } line)
        {
            if (Script(line) is { } reply)
            {
                await SayAsync(stream, reply);
                continue;
            }

            switch (line.Split(' ', ':')[0].ToUpperInvariant())
            {
                case "EHLO":
                    string[] offers = ["sink", .. Extensions, .. Certificate is null || isSecure ? [] : (string[])["STARTTLS"], "8BITMIME"];
                    var lines = offers.Select((offer, i) => $"250{(i < offers.Length - 1 ? '-' : ' ')}{offer}");
                    await SayAsync(stream, string.Join("\r\n", lines));
                    break;
                case "STARTTLS": await SayAsync(stream, "220 go"); return true;
                case "MAIL":
                    (from, to) = (line, []);
                    await SayAsync(stream, "250 ok");
                    break;
                case "RCPT":
                    to.Add(line);
                    await SayAsync(stream, "250 ok");
                    break;
                case "DATA":
                    await SayAsync(stream, "354 go");
                    while (await reader.ReadLineAsync(_stopped.Token) is { } content && content != ".")
                    {
                    }

                    lock (_lock) _messages.Add(new TlsSinkMessage(number, isSecure, from, to));
                    await SayAsync(stream, "250 taken");
                    break;
                case "QUIT": await SayAsync(stream, "221 bye"); return false;
                default: await SayAsync(stream, "250 ok"); break;
            }
        }

        return false;
    }

    private async Task SayAsync(Stream stream, string reply) =>
        await stream.WriteAsync(Encoding.Latin1.GetBytes(reply + "\r\n"), _stopped.Token);
}
