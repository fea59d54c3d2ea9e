using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Postfleet.Core.Security;
using Postfleet.Delivery.Routing;

namespace Postfleet.Delivery.Smtp;

/// <summary>What a handshake has come to.</summary>
/// <param name="Protocol">The version of TLS.</param>
/// <param name="Cipher">The cipher suite.</param>
/// <param name="IsVerified">Whether the certificate is for the host's name and from an authority that is trusted.</param>
internal sealed record TlsFacts(SslProtocols Protocol, TlsCipherSuite Cipher, bool IsVerified)
{
    /// <summary>For the log: <c>TLSv1.3,TLS_AES_256_GCM_SHA384,verified</c>.</summary>
    public override string ToString()
    {
        var version = Protocol switch { SslProtocols.Tls12 => "TLSv1.2", SslProtocols.Tls13 => "TLSv1.3", _ => Protocol.ToString() };
        return $"{version},{Cipher},{(IsVerified ? "verified" : "unverified")}";
    }
}

/// <summary>
/// TLS as a client of mail hosts (RFC 3207, RFC 7817): 1.2 and 1.3, with the host's name shown (SNI). Where the certificate need not be
/// good, whether it is is told all the same: many mail hosts have one that proves nothing, and in the clear would be worse. For the same
/// reason opportunistic TLS offers more cipher suites than TLS that is demanded.
/// </summary>
/// <param name="authorities">Certificates of authorities that are trusted beside the system's.</param>
internal sealed class TlsClient(X509Certificate2Collection authorities)
{
    private const string NotVerified = "the certificate is not for this host, or from nobody that is trusted";

    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>Trusts the system's authorities and those of a file in PEM form, if there is one.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="CryptographicException">The file holds no certificates.</exception>
    public static TlsClient Trusting(string authoritiesFile)
    {
        var authorities = new X509Certificate2Collection();
        if (authoritiesFile.Length > 0) authorities.ImportFromPemFile(authoritiesFile);
        return new TlsClient(authorities);
    }

    /// <summary>Does the handshake over a connected stream, which stays the caller's.</summary>
    /// <param name="inner">The stream.</param>
    /// <param name="host">Whose certificate it is to be.</param>
    /// <param name="mode">What is demanded: <see cref="TlsMode.Verify"/> ends the handshake with a host whose certificate is not good, and
    /// <see cref="TlsMode.Opportunistic"/> alone offers the <see cref="CompatibleCiphers"/>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="IOException">It has failed.</exception>
    public async ValueTask<(Stream Stream, TlsFacts Facts)> HandshakeAsync(
        Stream inner, string host, TlsMode mode, CancellationToken cancellationToken)
    {
        var (isVerified, isRefused, mustVerify) = (false, false, mode == TlsMode.Verify);
        var stream = new SslStream(inner, leaveInnerStreamOpen: true);
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = host,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CertificateChainPolicy = NewPolicy(),
            CipherSuitesPolicy = mode == TlsMode.Opportunistic ? CompatibleCiphers.Policy : null,
            RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
            {
                isVerified = errors == SslPolicyErrors.None
                    || (errors == SslPolicyErrors.RemoteCertificateChainErrors && IsFromOurs(certificate, chain));
                isRefused = !isVerified;
                return isVerified || !mustVerify;
            },
        };
        try
        {
            await stream.AuthenticateAsClientAsync(options, cancellationToken);
        }
        catch (Exception e) when (
            e is AuthenticationException or CryptographicException or ObjectDisposedException or InvalidOperationException)
        {
            throw new IOException(mustVerify && isRefused ? NotVerified : e.GetBaseException().Message, e);
        }

        return (stream, new TlsFacts(stream.SslProtocol, stream.NegotiatedCipherSuite, isVerified));
    }

    // Revocation lists and missing certificates would be fetched from wherever a stranger's certificate says.
    private static X509ChainPolicy NewPolicy() => new()
    {
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
        ApplicationPolicy = { new Oid(ServerAuthentication) },
    };

    private bool IsFromOurs(X509Certificate? certificate, X509Chain? seen)
    {
        if (authorities.Count == 0 || certificate is not X509Certificate2 leaf) return false;
        using var chain = new X509Chain { ChainPolicy = NewPolicy() };
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        foreach (var element in seen?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        return chain.Build(leaf);
    }
}
