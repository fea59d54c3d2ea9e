using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Akka.Remote.Transport.DotNetty;
using Postfleet.Cluster.Common;
using Postfleet.Cluster.Membership;
using Xunit;

namespace Postfleet.Cluster.Tests;

/// <summary>Each reason of a contact's silence has a description of its own.</summary>
public sealed class ContactProbeTests : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly X509Certificate2 _authority = Certificate("authority");
    private readonly X509Certificate2 _stranger = Certificate("stranger");
    private Task _serving = Task.CompletedTask;

    public ContactProbeTests() => _listener.Start();

    private int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Dispose()
    {
        _listener.Stop();
        _authority.Dispose();
        _stranger.Dispose();
    }

    [Fact]
    public async Task A_name_that_does_not_resolve() =>
        Assert.Equal("has a name that does not resolve", await AskAsync(null, "nosuch.invalid", 4053));

    [Fact]
    public async Task A_port_that_nobody_listens_on()
    {
        var port = Port;
        _listener.Stop();
        Assert.Equal("refuses connections: no process listens on its port", await AskAsync(null, "127.0.0.1", port));
    }

    [Fact]
    public async Task A_node_that_is_in_no_cluster() =>
        Assert.StartsWith("listens but does not answer: it is in no cluster yet", await AskAsync(null), StringComparison.Ordinal);

    [Fact]
    public async Task A_node_without_tls_that_waits() =>
        Assert.Contains("it has no Cluster:Tls and this node has", await AskAsync(Setup(_authority)), StringComparison.Ordinal);

    [Fact]
    public async Task A_node_without_tls_that_closes()
    {
        _serving = ServeAsync(client => { client.Close(); return Task.CompletedTask; });
        Assert.StartsWith(
            "fails the TLS handshake with Cluster:Tls of this node", await AskAsync(Setup(_authority)), StringComparison.Ordinal);
        await _serving;
    }

    [Fact]
    public async Task A_node_of_the_same_authority_that_is_in_no_cluster()
    {
        _serving = ServeAsync(client => ShakeHandsAsync(client, accepts: true));
        Assert.Equal("listens and accepts TLS: it is in no cluster yet", await AskAsync(Setup(_authority)));
        await _serving;
    }

    [Fact]
    public async Task A_node_of_another_authority()
    {
        _serving = ServeAsync(client => ShakeHandsAsync(client, accepts: true));
        Assert.StartsWith("presents a certificate that Cluster:Tls:Authority of this node has not signed", await AskAsync(Setup(_stranger)),
            StringComparison.Ordinal);
        await _serving;
    }

    [Fact]
    public async Task A_node_that_refuses_the_certificate_of_this_one()
    {
        _serving = ServeAsync(client => ShakeHandsAsync(client, accepts: false));
        var words = await AskAsync(Setup(_authority));
        Assert.True(words.StartsWith("fails the TLS handshake", StringComparison.Ordinal)
            || words.StartsWith("closes the connection after", StringComparison.Ordinal), words);
        await _serving;
    }

    private static DotNettySslSetup Setup(X509Certificate2 authority) => new(
        authority, suppressValidation: false, requireMutualAuthentication: true,
        (peer, _, _, _, _) => peer is not null && ClusterTls.IsTrusted(peer, [authority], out _));

    private static X509Certificate2 Certificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
    }

    private Task<string> AskAsync(DotNettySslSetup? tls, string host = "127.0.0.1", int? port = null) =>
        new ContactProbe(tls, TimeProvider.System).AskAsync(host, port ?? Port, CancellationToken.None);

    private async Task ServeAsync(Func<TcpClient, Task> serve)
    {
        using var client = await _listener.AcceptTcpClientAsync();
        await serve(client);
    }

    private async Task ShakeHandsAsync(TcpClient client, bool accepts)
    {
        await using var stream = new SslStream(client.GetStream(), false, (_, _, _, _) => accepts);
        try
        {
            await stream.AuthenticateAsServerAsync(_authority, clientCertificateRequired: true, checkCertificateRevocation: false);
            // Until the other side closes the connection.
            Assert.Equal(0, await stream.ReadAsync(new byte[1]));
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            // The other side has closed the connection or was refused.
        }
    }
}
