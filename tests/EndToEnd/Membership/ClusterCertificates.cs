using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Postfleet.Testing;

namespace Postfleet.EndToEnd.Tests.Membership;

/// <summary>The files of a cluster's authority and of a node certificate issued by it.</summary>
internal sealed class ClusterCertificates : IDisposable
{
    private readonly TempFolder _folder = new("certificates");

    public ClusterCertificates(string name)
    {
        var now = DateTimeOffset.UtcNow;
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", authorityKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var authority = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var node = new CertificateRequest("CN=node.test", key, HashAlgorithmName.SHA256)
            .Create(authority, now.AddDays(-1), now.AddHours(12), RandomNumberGenerator.GetBytes(8));
        File.WriteAllText(_folder["ca.crt"], authority.ExportCertificatePem());
        File.WriteAllText(_folder["node.crt"], node.ExportCertificatePem());
        File.WriteAllText(_folder["node.key"], key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>The file with the authority's certificate.</summary>
    public string Authority => _folder["ca.crt"];

    /// <summary>Sets <c>Cluster:Tls</c> to these files.</summary>
    public void Apply(JsonObject configuration) => configuration["Cluster"]!["Tls"] = new JsonObject
    {
        ["Certificate"] = _folder["node.crt"],
        ["Key"] = _folder["node.key"],
        [nameof(Authority)] = _folder["ca.crt"],
    };

    public void Dispose() => _folder.Dispose();
}
