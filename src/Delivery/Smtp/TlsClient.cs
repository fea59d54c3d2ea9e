using System.Collections.Immutable;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Postfleet.Core.Security;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Routing;

namespace Postfleet.Delivery.Smtp;

/// <summary>The result of a TLS handshake.</summary>
/// <param name="Protocol">The TLS version.</param>
/// <param name="Cipher">The cipher suite.</param>
/// <param name="IsVerified">Whether the certificate matches the host's name and chains to a trusted authority.</param>
internal sealed record TlsFacts(SslProtocols Protocol, TlsCipherSuite Cipher, bool IsVerified)
{
    /// <summary>
    /// The certificates that the host has sent, in DER form, its own first; default where <see cref="TlsClient.KeepsCertificates"/> is off.
    /// </summary>
    public ImmutableArray<ReadOnlyMemory<byte>> Certificates { get; init; }

    /// <summary>The TLS version as text: <c>TLSv1.3</c>.</summary>
    public string Version => TlsVersion.NameOf(Protocol);

    /// <summary>For logs: <c>TLSv1.3,TLS_AES_256_GCM_SHA384,verified</c>.</summary>
    public override string ToString() => $"{Version},{Cipher},{(IsVerified ? "verified" : "unverified")}";
}

/// <summary>
/// The TLS client for mail hosts (RFC 3207, RFC 7817): versions 1.2 and 1.3, with SNI. An invalid certificate is reported even where the
/// mode tolerates it: many mail hosts have one, and plain text would be worse. For the same reason opportunistic TLS offers more cipher
/// suites than required TLS. Thread-safe.
/// </summary>
/// <param name="authorities">Trusted certificate authorities in addition to the system's.</param>
internal sealed class TlsClient(X509Certificate2Collection authorities)
{
    private const string NotVerified = "the certificate does not match the host's name or is not from a trusted authority";

    /// <summary>Most certificates of a host that are kept: chains have two or three.</summary>
    private const int MaxCertificates = 10;

    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>Creates a client by the options: it trusts the system's authorities and those in a PEM file, if given.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="CryptographicException">The file contains no certificate.</exception>
    public static TlsClient Trusting(DeliveryTlsOptions options)
    {
        var authoritiesFile = options.Authorities;
        var authorities = new X509Certificate2Collection();
        if (authoritiesFile.Length > 0) authorities.ImportFromPemFile(authoritiesFile);
        return new TlsClient(authorities) { KeepsCertificates = options.Dane };
    }

    /// <summary>Whether the certificates of hosts are kept for a comparison with TLSA records.</summary>
    public bool KeepsCertificates { get; init; }

    /// <summary>Performs the handshake over a connected stream, which remains owned by the caller.</summary>
    /// <param name="inner">The connected stream.</param>
    /// <param name="host">The name required in the certificate.</param>
    /// <param name="mode">
    /// The requirement: <see cref="TlsMode.Verify"/> fails the handshake if the certificate is invalid; only
    /// <see cref="TlsMode.Opportunistic"/> offers the <see cref="CompatibleCiphers"/>.
    /// </param>
    /// <param name="cancellationToken">Cancels the handshake.</param>
    /// <exception cref="IOException">The handshake failed.</exception>
    public async ValueTask<(Stream Stream, TlsFacts Facts)> HandshakeAsync(
        Stream inner, string host, TlsMode mode, CancellationToken cancellationToken)
    {
        var (isVerified, isRefused, mustVerify) = (false, false, mode == TlsMode.Verify);
        ImmutableArray<ReadOnlyMemory<byte>> sent = default;
        var stream = new SslStream(inner, leaveInnerStreamOpen: true);
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = host,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            CertificateChainPolicy = NewPolicy(),
            CipherSuitesPolicy = mode == TlsMode.Opportunistic ? CompatibleCiphers.Policy : null,
            RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
            {
                isVerified = IsTrusted(certificate, chain, errors);
                isRefused = !isVerified;
                if (KeepsCertificates) sent = Read(certificate, chain);
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

        return (stream, new TlsFacts(stream.SslProtocol, stream.NegotiatedCipherSuite, isVerified) { Certificates = sent });
    }

    /// <summary>Whether a certificate matches the host's name and chains to a trusted authority, by what the handshake has found.</summary>
    public bool IsTrusted(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) => errors == SslPolicyErrors.None
        || (errors == SslPolicyErrors.RemoteCertificateChainErrors && IsFromPrivateAuthority(certificate, chain));

    /// <summary>
    /// The rules for the chain of a host's certificate. Revocation lists and intermediate certificates would be fetched from URLs in the
    /// certificate, which a stranger chooses.
    /// </summary>
    internal static X509ChainPolicy NewPolicy() => new()
    {
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
        ApplicationPolicy = { new Oid(ServerAuthentication) },
    };

    // The platform puts all certificates of the handshake into the extra store of the chain.
    private static ImmutableArray<ReadOnlyMemory<byte>> Read(X509Certificate? leaf, X509Chain? chain)
    {
        if (leaf is null) return [];
        var own = leaf.GetRawCertData();
        var others = (chain?.ChainPolicy.ExtraStore ?? []).Select(certificate => certificate.RawData)
            .Where(certificate => !certificate.AsSpan().SequenceEqual(own));
        return [own, .. others.Take(MaxCertificates - 1).Select(certificate => (ReadOnlyMemory<byte>)certificate)];
    }

    private bool IsFromPrivateAuthority(X509Certificate? certificate, X509Chain? seen)
    {
        if (authorities.Count == 0 || certificate is not X509Certificate2 leaf) return false;
        using var chain = new X509Chain { ChainPolicy = PrivateAuthorities.NewPolicy(authorities) };
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        foreach (var element in seen?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        return chain.Build(leaf);
    }
}
