using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Postfleet.Testing;

/// <summary>A certificate authority for tests. It issues certificates of mail servers as PEM files that every user may read.</summary>
public sealed class MailAuthority : IDisposable
{
    private readonly TempFolder _folder = new("authority");
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _certificate;
    private readonly DateTimeOffset _begin = DateTimeOffset.UtcNow.AddDays(-1);

    /// <summary>Creates an authority.</summary>
    public MailAuthority()
    {
        var request = new CertificateRequest("CN=authority.test", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        _certificate = request.CreateSelfSigned(_begin, _begin.AddDays(3));
        File.WriteAllText(CertificateFile, _certificate.ExportCertificatePem());
    }

    /// <summary>The file with the authority's own certificate.</summary>
    public string CertificateFile => _folder["ca.crt"];

    /// <summary>Issues a server's certificate.</summary>
    /// <param name="names">Its host names; the first one names the files.</param>
    public (string Certificate, string Key) Issue(params string[] names)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={names[0]}", key, HashAlgorithmName.SHA256);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            alternatives.AddDnsName(name);
        }

        request.CertificateExtensions.Add(alternatives.Build());
        using var certificate = request.Create(_certificate, _begin, _begin.AddDays(2), RandomNumberGenerator.GetBytes(8));
        var (file, keyFile) = (_folder[$"{names[0]}.crt"], _folder[$"{names[0]}.key"]);
        File.WriteAllText(file, certificate.ExportCertificatePem());
        File.WriteAllText(keyFile, key.ExportPkcs8PrivateKeyPem());
        return (file, keyFile);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _certificate.Dispose();
        _key.Dispose();
        _folder.Dispose();
    }
}
