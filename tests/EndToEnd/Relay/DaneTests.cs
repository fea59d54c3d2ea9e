using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Relay;

/// <summary>DANE (RFC 7672) with a validating resolver, zones that the test signs, and mail hosts in all states.</summary>
public sealed class DaneTests
{
    private const string SomeDigest = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Mail_leaves_by_the_records_of_each_host_or_waits()
    {
        using var authority = new MailAuthority();
        var self = SelfSigned("whatever.test", isExpired: false);
        var expired = SelfSigned("expired.test", isExpired: true);
        var issued = Issued(authority, "mx.issued.test");
        await using var good = new TlsSink("127.0.0.81") { Certificate = self };
        await using var old = new TlsSink("127.0.0.82", good.Port) { Certificate = expired };
        await using var chained = new TlsSink("127.0.0.83", good.Port) { Certificate = issued };
        await using var other = new TlsSink("127.0.0.84", good.Port) { Certificate = SelfSigned("mx.other.test", isExpired: false) };
        await using var stripped = new TlsSink("127.0.0.85", good.Port);
        string Tlsa(string host, string data) => $"_{good.Port}._tcp.{host} IN TLSA {data}";
        var ca = X509CertificateLoader.LoadCertificateFromFile(authority.CertificateFile);
        await using var dns = await SignedDns.StartAsync(
            [
                .. Host("good.test.", "127.0.0.81"), Tlsa("mx.good.test.", $"3 1 1 {KeyDigest(self)}"),
                .. Host("expired.test.", "127.0.0.82"), Tlsa("mx.expired.test.", $"3 1 1 {KeyDigest(expired)}"),
                .. Host("issued.test.", "127.0.0.83"), Tlsa("mx.issued.test.", $"2 0 0 {Convert.ToHexStringLower(ca.RawData)}"),
                // The certificate of the host is for another name than that of this domain's host.
                .. Host("misnamed.test.", "127.0.0.83"), Tlsa("mx.misnamed.test.", $"2 0 0 {Convert.ToHexStringLower(ca.RawData)}"),
                .. Host("wrong.test.", "127.0.0.84"), Tlsa("mx.wrong.test.", $"3 1 1 {SomeDigest}"),
                .. Host("stripped.test.", "127.0.0.85"), Tlsa("mx.stripped.test.", $"3 1 1 {KeyDigest(self)}"),
                .. Host("forged.test.", "127.0.0.81"), Tlsa("mx.forged.test.", $"3 1 1 {KeyDigest(self)}"),
                .. Host("bare.test.", "127.0.0.85"),
                .. Host("a.open.", "127.0.0.84"), Tlsa("mx.a.open.", $"3 1 1 {SomeDigest}"),
                // The host of a signed domain, for a domain that is not signed.
                "b.open. IN MX 10 mx.stripped.test.",
                "alias.test. IN MX 10 mx.alias.test.", "mx.alias.test. IN CNAME mx.good.test.",
            ],
            $"_{good.Port}._tcp.mx.forged.test.");
        await using var node = NewNode(dns.EndPoint.ToString(), good.Port);
        await node.StartAsync();
        string[] arriving = ["good.test", "expired.test", "issued.test", "bare.test", "a.open", "b.open", "alias.test"];
        string[] waiting = ["misnamed.test", "wrong.test", "stripped.test", "forged.test"];
        foreach (var domain in (string[])[.. waiting, .. arriving]) await SendAsync(node, domain);

        TlsSink[] sinks = [good, old, chained, other, stripped];
        foreach (var domain in waiting)
        {
            await Eventually.True(
                () => node.Process.Output.Any(line =>
                    line.Contains("policy refused", StringComparison.Ordinal) && line.Contains(domain, StringComparison.Ordinal)),
                Limit, $"mail for {domain} waits");
        }

        await Eventually.True(
            () => sinks.Sum(sink => sink.Messages.Count) == arriving.Length, Limit, "mail for the other domains has arrived");
        var arrived = sinks.SelectMany(sink => sink.Messages).Select(message => $"{message.To[0][13..^1]} {message.IsSecure}").Order();
        Assert.Equal(
            [
                "a.open True", "alias.test True", "b.open False", "bare.test False", "expired.test True", "good.test True",
                "issued.test True",
            ],
            arrived);
        var tls = (await node.GetAsync("/api/v1/resolve?domain=good.test"))["tls"]!;
        Assert.Equal(
            ("dane", "enforce", "mx.good.test"), ((string?)tls["source"], (string?)tls["mode"], (string?)tls["hosts"]![0]));
        Assert.Equal("unknown", (string?)(await node.GetAsync("/api/v1/resolve?domain=forged.test"))["tls"]!["mode"]);
        Assert.Null((await node.GetAsync("/api/v1/resolve?domain=a.open"))["tls"]);
        Assert.DoesNotContain(node.Process.Output, line => line.Contains("dane without validation", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_resolver_that_does_not_validate_is_told_and_mail_leaves_as_usual()
    {
        await using var host = new TlsSink("127.0.0.86");
        await using var dns = await Dnsmasq.StartAsync(new DnsRecords().Mx("one.test", "mx.one.test").Address("mx.one.test", "127.0.0.86"));
        await using var node = NewNode(dns.EndPoint.ToString(), host.Port);
        await node.StartAsync();
        await SendAsync(node, "one.test");
        await Eventually.True(() => host.Messages.Count == 1, Limit, "the mail has arrived");
        await node.Process.WaitForLineAsync("dane without validation", Limit);
    }

    private static PostfleetNode NewNode(string dns, int port) => new(new NodeSpec
    {
        Routes = [("*", "mx")],
        DnsServers = [dns],
        Configure = json =>
        {
            json["Delivery"]!["Port"] = port;
            json["Delivery"]!["Tls"] = new JsonObject { ["Dane"] = true };
        },
    });

    private static string[] Host(string domain, string address) => [$"{domain} IN MX 10 mx.{domain}", $"mx.{domain} IN A {address}"];

    private static string KeyDigest(X509Certificate2 certificate) =>
        Convert.ToHexStringLower(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));

    private static X509Certificate2 SelfSigned(string name, bool isExpired)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var now = DateTimeOffset.UtcNow;
        return new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(now.AddDays(-9), now.AddDays(isExpired ? -1 : 9));
    }

    private static X509Certificate2 Issued(MailAuthority authority, string name)
    {
        var (certificate, key) = authority.Issue(name);
        return X509Certificate2.CreateFromPemFile(certificate, key);
    }

    private static async Task SendAsync(PostfleetNode node, string domain)
    {
        using var client = await SmtpClientLite.ConnectAsync(node.Relay);
        await client.CommandAsync("EHLO app.test");
        var reply = await client.SendMessageAsync("joe@app.test", [$"ann@{domain}"], Encoding.ASCII.GetBytes("Subject: x\r\n\r\nbody\r\n"));
        Assert.Equal(250, reply.Code);
    }
}
