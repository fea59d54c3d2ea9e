using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Relay;

/// <summary>MTA-STS (RFC 8461) with a DNS server, an HTTPS server and a mail host with TLS that three domains share.</summary>
public sealed class MtaStsTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Policies_hold_for_their_domains_and_through_a_restart_without_their_servers()
    {
        using var authority = new MailAuthority();
        await using var host = new TlsSink("127.0.0.71") { Certificate = Certificate(authority, "mx.site.test") };
        await using var web = new HttpsServer(Certificate(authority, "mta-sts.one.test", "mta-sts.two.test"));
        web.Answer = HttpsServer.Of("version: STSv1\nmode: enforce\nmx: mx.site.test\nmax_age: 86400\n");
        await using var dns = await Dnsmasq.StartAsync(Records(hasPolicies: true));
        await using var node = new PostfleetNode(new NodeSpec
        {
            Routes = [("*", "mx")],
            DnsServers = [dns.EndPoint.ToString()],
            Configure = json => Configure(json, host, web, authority, isOn: true),
        });
        await node.StartAsync();
        await SendAsync(node, "one.test");
        await SendAsync(node, "three.test");
        await Eventually.True(() => host.Messages.Count == 2, Limit, "mail for both domains has arrived");
        Assert.All(host.Messages, message => Assert.True(message.IsSecure));
        var tls = (await node.GetAsync("/api/v1/resolve?domain=one.test"))["tls"]!;
        Assert.Equal(("enforce", "mx.site.test"), ((string?)tls["mode"], (string?)tls["hosts"]![0]));
        Assert.Null((await node.GetAsync("/api/v1/resolve?domain=three.test"))["tls"]);

        // The same mail host, under a policy that names another one.
        web.Answer = HttpsServer.Of("version: STSv1\nmode: enforce\nmx: mx.elsewhere.test\nmax_age: 86400\n");
        await SendAsync(node, "two.test");
        await WaitForRefusalAsync(node, "two.test");
        Assert.Equal(
            ["GET /.well-known/mta-sts.txt HTTP/1.1 mta-sts.one.test", "GET /.well-known/mta-sts.txt HTTP/1.1 mta-sts.two.test"],
            web.Requests);

        // An attacker suppresses the records, the HTTPS server and STARTTLS.
        Assert.Equal(0, await node.TerminateAsync());
        await web.DisposeAsync();
        await dns.ReplaceAsync(Records(hasPolicies: false));
        host.Certificate = null;
        await node.StartAsync();
        await SendAsync(node, "one.test");
        await SendAsync(node, "three.test");
        await WaitForRefusalAsync(node, "one.test");
        await Eventually.True(() => host.Messages.Count == 3, Limit, "mail for the domain without a policy has arrived");
        Assert.Equal((false, "RCPT TO:<ann@three.test>"), (host.Messages[2].IsSecure, host.Messages[2].To[0]));
    }

    [Fact]
    public async Task A_policy_that_one_node_has_fetched_holds_at_another_node_of_the_database()
    {
        using var authority = new MailAuthority();
        await using var host = new TlsSink("127.0.0.71") { Certificate = Certificate(authority, "mx.site.test") };
        await using var web = new HttpsServer(Certificate(authority, "mta-sts.one.test"));
        web.Answer = HttpsServer.Of("version: STSv1\nmode: enforce\nmx: mx.elsewhere.test\nmax_age: 86400\n");
        await using var dns = await Dnsmasq.StartAsync(Records(hasPolicies: true));
        var seed = NodeConfiguration.NextHost();
        var database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        NodeSpec Spec(string name, string role, string address) => new()
        {
            Name = name,
            Roles = role == "queue" ? ["frontend", "queue"] : [role],
            Postgres = database,
            Seeds = [seed],
            ClusterHost = address,
            Routes = [("*", "mx")],
            DnsServers = [dns.EndPoint.ToString()],
            Configure = json => Configure(json, host, web, authority, isOn: true),
        };
        await using var queue = new PostfleetNode(Spec("queue1", "queue", seed));
        await using var delivery = new PostfleetNode(Spec("delivery1", "delivery", NodeConfiguration.NextHost()));
        await Task.WhenAll(queue.StartAsync(), delivery.StartAsync());
        await SendAsync(queue, "one.test");
        await queue.Process.WaitForLineAsync("policy fetched", Limit);
        await WaitForRefusalAsync(delivery, "one.test");
        Assert.Single(web.Requests);
        Assert.DoesNotContain(delivery.Process.Output, line => line.Contains("policy fetched", StringComparison.Ordinal));
        Assert.Empty(host.Messages);
    }

    [Fact]
    public async Task A_reload_switches_policies_on()
    {
        using var authority = new MailAuthority();
        await using var host = new TlsSink("127.0.0.71") { Certificate = Certificate(authority, "mx.site.test") };
        await using var web = new HttpsServer(Certificate(authority, "mta-sts.one.test", "mta-sts.two.test"));
        web.Answer = HttpsServer.Of("version: STSv1\nmode: enforce\nmx: mx.elsewhere.test\nmax_age: 86400\n");
        await using var dns = await Dnsmasq.StartAsync(Records(hasPolicies: true));
        await using var node = new PostfleetNode(new NodeSpec
        {
            Routes = [("*", "mx")],
            DnsServers = [dns.EndPoint.ToString()],
            Configure = json => Configure(json, host, web, authority, isOn: false),
        });
        await node.StartAsync();
        await SendAsync(node, "one.test");
        await Eventually.True(() => host.Messages.Count == 1, Limit, "mail has arrived without a policy");
        Assert.Empty(web.Requests);

        node.Rewrite(json => json["Delivery"]!["Tls"]!["MtaSts"] = true);
        node.Process.Send(Signal.HangUp);
        await node.Process.WaitForLineAsync("configuration reloaded author=SIGHUP", Limit);
        await SendAsync(node, "two.test");
        await WaitForRefusalAsync(node, "two.test");
        Assert.Single(host.Messages);
    }

    private static void Configure(JsonObject json, TlsSink host, HttpsServer web, MailAuthority authority, bool isOn)
    {
        json["Delivery"]!["Port"] = host.Port;
        json["Delivery"]!["Tls"] = new JsonObject
        {
            ["Authorities"] = authority.CertificateFile,
            ["MtaSts"] = isOn,
            ["MtaStsPort"] = web.Port,
        };
    }

    private static DnsRecords Records(bool hasPolicies)
    {
        var records = new DnsRecords().Address("mx.site.test", "127.0.0.71");
        foreach (var domain in (string[])["one.test", "two.test", "three.test"]) records.Mx(domain, "mx.site.test");
        if (!hasPolicies) return records;
        foreach (var domain in (string[])["one.test", "two.test"])
            records.Text($"_mta-sts.{domain}", "v=STSv1; id=1;").Address($"mta-sts.{domain}", "127.0.0.1");
        return records;
    }

    private static X509Certificate2 Certificate(MailAuthority authority, params string[] names)
    {
        var (certificate, key) = authority.Issue(names);
        return X509Certificate2.CreateFromPemFile(certificate, key);
    }

    private static Task WaitForRefusalAsync(PostfleetNode node, string domain) => Eventually.True(
        () => node.Process.Output.Any(line =>
            line.Contains("policy refused", StringComparison.Ordinal) && line.Contains(domain, StringComparison.Ordinal)),
        Limit, $"mail for {domain} waits");

    private static async Task SendAsync(PostfleetNode node, string domain)
    {
        using var client = await SmtpClientLite.ConnectAsync(node.Relay);
        await client.CommandAsync("EHLO app.test");
        var reply = await client.SendMessageAsync("joe@app.test", [$"ann@{domain}"], Encoding.ASCII.GetBytes("Subject: x\r\n\r\nbody\r\n"));
        Assert.Equal(250, reply.Code);
    }
}
