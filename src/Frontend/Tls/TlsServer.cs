using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Postfleet.Core.Security;

namespace Postfleet.Frontend.Tls;

/// <summary>
/// Does the server side of TLS handshakes: TLS 1.2 and 1.3 (RFC 8996 forbids earlier versions), without client certificates. Thread-safe.
/// </summary>
/// <param name="certificate">Gives the present certificate.</param>
internal sealed class TlsServer(Func<SslStreamCertificateContext> certificate)
{
    /// <summary>Does the handshake.</summary>
    /// <param name="plain">The connection.</param>
    /// <param name="isImplicit">Whether TLS is implicit. After STARTTLS more cipher suites are accepted: a client without a common suite
    /// would send its mail in the clear.</param>
    /// <param name="cancellationToken">Cancels the handshake.</param>
    /// <exception cref="AuthenticationException">The client and the server have no common parameters, or the client refused the
    /// certificate.</exception>
    /// <exception cref="IOException">The client closed the connection.</exception>
    /// <exception cref="OperationCanceledException">Cancelled by the token, or on the connection.</exception>
    public async ValueTask<TlsPipe> AcceptAsync(IDuplexPipe plain, bool isImplicit, CancellationToken cancellationToken)
    {
        var stream = new SslStream(new PipeStream(plain), leaveInnerStreamOpen: true);
        try
        {
            await stream.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = certificate(),
#pragma warning disable CA5398 // The versions are fixed by RFC 8996, not by the settings of the system.
                    EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
#pragma warning restore CA5398
                    CipherSuitesPolicy = isImplicit ? null : CompatibleCiphers.Policy,
                    AllowRenegotiation = false,
                    ClientCertificateRequired = false,
                    CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
                },
                cancellationToken);
            IdleBuffers.Release(stream);
            return new TlsPipe(stream);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }
}
