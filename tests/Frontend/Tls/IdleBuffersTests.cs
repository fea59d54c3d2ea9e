using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Postfleet.Frontend.Tests.Fixtures;
using Postfleet.Frontend.Tls;
using Xunit;

namespace Postfleet.Frontend.Tests.Tls;

/// <summary>
/// Without releasing, a thousand idle TLS connections hold 32 MiB of empty buffers. The release depends on private names of the runtime,
/// which a new version may change.
/// </summary>
public sealed class IdleBuffersTests
{
    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task An_idle_connection_releases_its_record_buffers(SslProtocols version)
    {
        using var certificate = new TestCertificate();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var peer = new TcpClient();
        await peer.ConnectAsync((IPEndPoint)listener.LocalEndpoint);
        using var accepted = await listener.AcceptTcpClientAsync();
        await using var client = new SslStream(peer.GetStream());
        await using var server = new SslStream(accepted.GetStream());
        Assert.False(IdleBuffers.Release(server));
        await Task.WhenAll(
            client.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "mx.example.org",
                EnabledSslProtocols = version,
                RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == certificate.Thumbprint,
            }),
            server.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
            {
                ServerCertificateContext = certificate.Context,
            }));
        Assert.True(IdleBuffers.Release(server));

        // The mode is invisible to the peer: records of all sizes arrive in both directions.
        foreach (var size in new[] { 1, 16_384, 16_385, 100_000 })
        {
            var sent = new byte[size];
            Random.Shared.NextBytes(sent);
            var received = new byte[size];
            var echoed = new byte[size];
            await Task.WhenAll(client.WriteAsync(sent).AsTask(), server.ReadExactlyAsync(received).AsTask());
            await Task.WhenAll(server.WriteAsync(received).AsTask(), client.ReadExactlyAsync(echoed).AsTask());
            Assert.Equal(sent, echoed);
        }
    }
}
