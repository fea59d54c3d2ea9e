using System.IO.Pipelines;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Postfleet.Core.Security;

namespace Postfleet.Frontend.Tls;

/// <summary>Makes TLS connections of plain ones: TLS 1.2 and 1.3 (RFC 8996 forbids those before), without client certificates.</summary>
internal sealed class TlsServer(Func<SslStreamCertificateContext> certificate)
{
    /// <summary>Does the handshake.</summary>
    /// <param name="plain">The connection.</param>
    /// <param name="isImplicit">Whether TLS comes first. Behind STARTTLS a client that has none of the suites would send its mail in the
    /// clear, so that more suites are taken there.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="AuthenticationException">The client and we did not agree.</exception>
    /// <exception cref="IOException">The client has gone.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled, here or on the connection.</exception>
    public async ValueTask<TlsPipe> AcceptAsync(IDuplexPipe plain, bool isImplicit, CancellationToken cancellationToken)
    {
        var stream = new SslStream(new PipeStream(plain), leaveInnerStreamOpen: true);
        try
        {
            await stream.AuthenticateAsServerAsync(
                new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = certificate(),
#pragma warning disable CA5398 // The versions are the two of the RFC, and not what a system's administrator may have left on.
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
