using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Postfleet.Testing;

/// <summary>A server that gives one answer over HTTPS to each request, as a test says, and closes the connection after it.</summary>
public sealed class HttpsServer : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly X509Certificate2 _certificate;
    private readonly CancellationTokenSource _stopped = new();
    private readonly Lock _lock = new();
    private readonly List<string> _requests = [];
    private readonly Task _running;
    private int _disposed;

    /// <summary>Starts a server on a free port.</summary>
    /// <param name="certificate">The certificate, with its key.</param>
    /// <param name="address">The address; 127.0.0.1 by default.</param>
    public HttpsServer(X509Certificate2 certificate, IPAddress? address = null)
    {
        _certificate = certificate;
        _listener = new TcpListener(address ?? IPAddress.Loopback, 0);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _running = Task.Run(AcceptAsync);
    }

    /// <summary>The port.</summary>
    public int Port { get; }

    /// <summary>The whole answer, with its status line and header; null never answers.</summary>
    public string? Answer { get; set; } = "";

    /// <summary>The first line and the host of each request.</summary>
    public IReadOnlyList<string> Requests
    {
        get
        {
            lock (_lock) return [.. _requests];
        }
    }

    /// <summary>An answer with a body.</summary>
    public static string Of(string body, string status = "200 OK", string type = "text/plain") =>
        $"HTTP/1.1 {status}\r\nContent-Type: {type}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n"
        + $"Connection: close\r\n\r\n{body}";

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        await _stopped.CancelAsync();
        _listener.Dispose();
        await _running;
        _stopped.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) _ = ServeAsync(await _listener.AcceptTcpClientAsync(_stopped.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or InvalidOperationException)
        {
            // The end.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            using (client)
            {
                await using var stream = new SslStream(client.GetStream());
                var options = new SslServerAuthenticationOptions { ServerCertificate = _certificate };
                await stream.AuthenticateAsServerAsync(options, _stopped.Token);
                using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
                List<string> lines = [];
                while (await reader.ReadLineAsync(_stopped.Token) is { Length: > 0 } line) lines.Add(line);
                var host = lines.Find(line => line.StartsWith("Host:", StringComparison.OrdinalIgnoreCase));
                lock (_lock) _requests.Add($"{lines[0]} {host?[5..].Trim().Split(':')[0]}");
                if (Answer is null) await Task.Delay(Timeout.Infinite, _stopped.Token);
                await stream.WriteAsync(Encoding.UTF8.GetBytes(Answer!), _stopped.Token);
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or System.Security.Authentication.AuthenticationException
            or ArgumentOutOfRangeException)
        {
            // The client has left, or refused the certificate.
        }
    }
}
