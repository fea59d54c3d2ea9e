using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Postfleet.Dns;

namespace Postfleet.Delivery.Tests.Security;

/// <summary>A root, an issuer and the certificate of a host, made at first use.</summary>
internal sealed class TestChain
{
    private readonly DateTimeOffset _now;
    private readonly Lazy<ImmutableArray<X509Certificate2>> _certificates;

    public TestChain(DateTimeOffset now)
    {
        _now = now;
        (HostUntil, IssuerUntil, RootUntil) = (now.AddDays(9), now.AddDays(9), now.AddDays(9));
        _certificates = new(Make);
    }

    public string Host { get; init; } = "mx.example";

    public DateTimeOffset HostUntil { get; init; }

    public DateTimeOffset IssuerUntil { get; init; }

    public DateTimeOffset RootUntil { get; init; }

    /// <summary>Whether another key has signed the certificate of the host in the name of the issuer.</summary>
    public bool IsForged { get; init; }

    public bool IsIssuerAuthority { get; init; } = true;

    public string Purpose { get; init; } = "1.3.6.1.5.5.7.3.1";

    /// <summary>The certificates from the host's to the root.</summary>
    public ImmutableArray<ReadOnlyMemory<byte>> Sent => [.. _certificates.Value.Select(certificate => certificate.RawDataMemory)];

    /// <summary>A record for the certificate at a depth.</summary>
    public TlsaAssociation Record(int depth, int usage, int selector, int type)
    {
        var certificate = _certificates.Value[depth];
        var content = selector == 0 ? certificate.RawData : certificate.PublicKey.ExportSubjectPublicKeyInfo();
        byte[] data = type switch { 0 => content, 1 => SHA256.HashData(content), _ => SHA512.HashData(content) };
        return new TlsaAssociation((byte)usage, (byte)selector, (byte)type, [.. data]);
    }

    private ImmutableArray<X509Certificate2> Make()
    {
        using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var issuerKey = RSA.Create(2048);
        using var hostKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var otherKey = RSA.Create(2048);
        var from = _now.AddDays(-30);
        var root = Authority(new CertificateRequest("CN=root", rootKey, HashAlgorithmName.SHA256), true).CreateSelfSigned(from, RootUntil);
        var rootSigns = X509SignatureGenerator.CreateForECDsa(rootKey);
        var issuer = Authority(
            new CertificateRequest("CN=issuer", issuerKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1), IsIssuerAuthority)
            .Create(root.SubjectName, rootSigns, from, IssuerUntil, [1]);
        var request = new CertificateRequest("", hostKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(Purpose)], critical: false));
        if (Host.Length > 0)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(Host);
            request.CertificateExtensions.Add(names.Build());
        }

        var issuerSigns = X509SignatureGenerator.CreateForRSA(IsForged ? otherKey : issuerKey, RSASignaturePadding.Pkcs1);
        return [request.Create(issuer.SubjectName, issuerSigns, from, HostUntil, [2]), issuer, root];
    }

    private static CertificateRequest Authority(CertificateRequest request, bool isAuthority)
    {
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(isAuthority, false, 0, true));
        return request;
    }
}
