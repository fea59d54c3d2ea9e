using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Xunit;

namespace Postfleet.Frontend.Tests.Fixtures;

/// <summary>A client on a socket. Sends text and reads lines.</summary>
internal sealed class SocketClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly TcpClient _client = new();
    private Stream _stream = Stream.Null;
    private StreamReader _reader = StreamReader.Null;

    public static async Task<SocketClient> ConnectAsync(IPEndPoint endpoint)
    {
        var client = new SocketClient();
        await client._client.ConnectAsync(endpoint);
        client.Use(client._client.GetStream());
        return client;
    }

    /// <summary>Does the TLS handshake; trusts the certificate only, and offers only the given cipher suite, if any.</summary>
    public async Task StartTlsAsync(TestCertificate trusted, SslProtocols versions = SslProtocols.None, TlsCipherSuite? suite = null)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(trusted.Certificate);
        var tls = new SslStream(_stream, leaveInnerStreamOpen: false);
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = World.Hostname,
            EnabledSslProtocols = versions,
            CertificateChainPolicy = policy,
            CipherSuitesPolicy = suite is { } offered ? new CipherSuitesPolicy([offered]) : null,
        }).WaitAsync(Patience);
        Use(tls);
    }

    public SslStream Tls => (SslStream)_stream;

    public async Task SendAsync(string text, CancellationToken cancellationToken = default) =>
        await _stream.WriteAsync(Encoding.Latin1.GetBytes(text), cancellationToken);

    private void Use(Stream stream)
    {
        _stream = stream;
        _reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
    }

    /// <summary>Reads a line; null when the server has closed the connection.</summary>
    public async Task<string?> ReadLineAsync()
    {
        try
        {
            return await _reader.ReadLineAsync().WaitAsync(Patience);
        }
        catch (IOException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            return null;
        }
    }

    public async Task ExpectAsync(string start) => Assert.StartsWith(start, await ReadLineAsync(), StringComparison.Ordinal);

    public async Task ExpectEndAsync() => Assert.Null(await ReadLineAsync());

    public async Task UpToDataAsync()
    {
        await ExpectAsync("220 ");
        await SendAsync("HELO c\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\n");
        foreach (var reply in new[] { "250 ", "250 2.1.0 ", "250 2.1.5 ", "354 " }) await ExpectAsync(reply);
    }

    /// <summary>Resets the connection.</summary>
    public void Reset()
    {
        _client.Client.LingerState = new LingerOption(true, 0);
        _client.Close();
    }

    public void Dispose()
    {
        _reader.Dispose();
        _stream.Dispose();
        _client.Dispose();
    }
}
