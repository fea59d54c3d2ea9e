using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Relay;

/// <summary>STARTTLS with a foreign client.</summary>
public sealed class TlsTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task Openssl_sends_a_message_after_starttls(string version)
    {
        using var folder = new TempFolder("tls");
        WriteCertificate(folder);
        await using var node = new PostfleetNode(await Engine.Sqlite.SpecAsync() with
        {
            Configure = json => json["Tls"] = new JsonObject { ["Certificate"] = folder["tls.crt"], ["Key"] = folder["tls.key"] },
        });
        await node.StartAsync();

        await File.WriteAllTextAsync(
            folder["dialogue"],
            "EHLO openssl.test\r\nMAIL FROM:<from@source.test>\r\nRCPT TO:<to@some.test>\r\nBDAT 23 LAST\r\nSubject: tls\r\n\r\nhello\r\nQUIT\r\n");
        var said = await ProcessHost.RunAsync(
            new ProcessSpec(
                "sh",
                [
                    "-c",
                    $"openssl s_client -quiet -ign_eof {version} -starttls smtp -verify_return_error -verify_hostname mail.test " +
                        $"-CAfile {folder["tls.crt"]} -connect {node.Relay} < {folder["dialogue"]}",
                ]),
            Limit);
        Assert.Contains(said, line => line.StartsWith("250 2.0.0 Ok: queued as ", StringComparison.Ordinal));
        Assert.Contains(said, line => line.StartsWith("221 ", StringComparison.Ordinal));

        await Eventually.True(async () => (await node.CapturedAsync())["messages"]!.AsArray().Count == 1, Limit, "the message is captured");
        var id = (await node.CapturedAsync())["messages"]![0]!["id"]!.GetValue<string>();
        var content = Encoding.UTF8.GetString(await node.CapturedAsync(id));
        Assert.Contains(" with ESMTPS id ", content, StringComparison.Ordinal);
        Assert.Contains("tls TLS_", content, StringComparison.Ordinal);
        Assert.EndsWith("Subject: tls\r\n\r\nhello\r\n", content, StringComparison.Ordinal);
        await node.WaitEmptyAsync(Limit);
    }

    internal static void WriteCertificate(TempFolder folder, string name = "mail.test")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch.AddYears(50), DateTimeOffset.UnixEpoch.AddYears(150));
        File.WriteAllText(folder["tls.crt"], certificate.ExportCertificatePem());
        File.WriteAllText(folder["tls.key"], key.ExportPkcs8PrivateKeyPem());
    }
}
