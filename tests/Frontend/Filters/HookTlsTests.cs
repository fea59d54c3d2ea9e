using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;

namespace Postfleet.Frontend.Tests.Filters;

/// <summary>The certificate of a hook is checked.</summary>
public sealed class HookTlsTests
{
    [Theory]
    [InlineData("localhost", true, "250 2.0.0")]
    [InlineData("localhost", false, "451 4.7.1")]
    [InlineData("127.0.0.1", true, "451 4.7.1")]
    public async Task Only_a_certificate_of_the_authorities_for_the_name_is_accepted(string host, bool isTrusted, string expected)
    {
        await using var peer = new MilterProcess();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var file = peer.Write("hook.crt", certificate.ExportCertificatePem());
        peer.Start(
            "/usr/bin/python3", Path.Combine(AppContext.BaseDirectory, "Filters", "hooks.py"), $"{peer.Endpoint.Port}", file,
            peer.Write("hook.key", key.ExportPkcs8PrivateKeyPem()));
        await peer.ReadyAsync();
        var world = new World(filters:
        [
            new FilterOptions
            {
                Name = "hook",
                Protocol = FilterProtocol.Hooks,
                Url = $"https://{host}:{peer.Endpoint.Port}/",
                Authorities = isTrusted ? file : "",
            },
        ]);
        await using var client = new MemoryClient(world);
        await client.SendAsync("HELO c\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\n");
        await client.ExpectAsync("220 *", "250 *", "250 *", "250 *", "354 *");
        await client.SendAsync("Subject: x\r\n\r\nhi\r\n.\r\n");
        await client.ExpectAsync($"{expected} *");
        Assert.Equal(expected[0] == '2' ? 0 : 1, world.Log.Of("filter failed").Count);
    }
}
