using System.IO.Compression;
using System.Net;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using MimeKit;
using Postfleet.EndToEnd.Tests.Relay;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Inbound;

/// <summary>Aggregate reports of DMARC: a node counts the mail of a day, and its next run, on the next day, sends the report.</summary>
public sealed class DmarcReportDayTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task Mail_of_a_day_is_reported_on_the_next_day()
    {
        using var clock = new SetClock();
        var day = DateTime.UtcNow.Date;
        SetTo(clock, day.AddHours(20));
        var (port, inbound) = (FreePort.Tcp(), FreePort.Tcp());
        await using var reports = FaultNode.Sink(port, "127.0.0.99");
        await using var dns = await Dnsmasq.StartAsync(
            new DnsRecords()
                .Text("pass.test", "v=spf1 ip4:127.0.0.0/8 -all").Text("fail.test", "v=spf1 -all")
                .Text("_dmarc.pass.test", "v=DMARC1; p=reject; rua=mailto:rua@pass.test")
                .Text("_dmarc.fail.test", "v=DMARC1; p=none; rua=mailto:rua@pass.test")
                .Text("fail.test._report._dmarc.pass.test", "v=DMARC1")
                .Mx("pass.test", "mx.pass.test").Address("mx.pass.test", "127.0.0.99"));
        await using var node = new PostfleetNode(new NodeSpec
        {
            Routes = [("here.test", "discard"), ("*", "mx")],
            DnsServers = [dns.EndPoint.ToString()],
            Environment = clock.Environment,
            Configure = json =>
            {
                json["Listeners"]!.AsArray().Add(new JsonObject { ["Endpoint"] = $"127.0.0.1:{inbound}", ["Service"] = "inbound" });
                json["Relay"] = new JsonObject { ["TrustedNetworks"] = new JsonArray("192.0.2.1/32") };
                json["Delivery"]!["Port"] = port;
                json["Inbound"] = new JsonObject { ["Domains"] = new JsonArray("here.test") };
                json["DmarcReports"] = new JsonObject { ["From"] = "reports@here.test", ["Organization"] = "Here" };
            },
        });
        await node.StartAsync();
        for (var i = 0; i < 3; i++) await SendAsync(inbound, "pass.test");
        await SendAsync(inbound, "fail.test");
        Assert.Equal(0, await node.TerminateAsync());

        SetTo(clock, day.AddDays(1).AddMinutes(16));
        await node.StartAsync();
        await reports.WaitForAsync(2, Limit);
        var found = reports.Messages.Select(message => (message.Recipients, Report: Read(message.Content!)))
            .OrderBy(pair => Value(pair.Report, "domain"), StringComparer.Ordinal).ToList();
        Assert.All(found, pair => Assert.Equal("rua@pass.test", Assert.Single(pair.Recipients)));
        Assert.Equal(["fail.test", "pass.test"], found.Select(pair => Value(pair.Report, "domain")));
        Assert.Equal(["1", "3"], found.Select(pair => Value(pair.Report, "count")));
        Assert.Equal(["fail", "pass"], found.Select(pair => pair.Report.Descendants().First(IsOfPolicy).Value));
        var begin = new DateTimeOffset(day, TimeSpan.Zero).ToUnixTimeSeconds();
        Assert.All(found, pair => Assert.Equal($"{begin}", Value(pair.Report, "begin")));

        // The rows are gone: a run that finds nothing sends nothing, and the log has the run that sent.
        await node.WaitEmptyAsync(Limit);
        Assert.Single(node.Process.Output, line => line.Contains("dmarc reports sent", StringComparison.Ordinal));

        static bool IsOfPolicy(XElement element) =>
            element.Name.LocalName == "spf" && element.Parent!.Name.LocalName == "policy_evaluated";
    }

    private static void SetTo(SetClock clock, DateTime time) => clock.Set(time - DateTime.UtcNow);

    private static async Task SendAsync(int port, string domain)
    {
        using var client = await SmtpClientLite.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
        await client.CommandAsync($"EHLO {domain}");
        var content = $"From: <joe@{domain}>\r\nSubject: a day\r\n\r\nbody\r\n";
        var reply = await client.SendMessageAsync($"joe@{domain}", ["ann@here.test"], System.Text.Encoding.ASCII.GetBytes(content));
        Assert.Equal(250, reply.Code);
    }

    private static XDocument Read(byte[] content)
    {
        using var message = MimeMessage.Load(new MemoryStream(content));
        var attached = message.BodyParts.OfType<MimePart>().Single(part => part.ContentType.IsMimeType("application", "gzip"));
        using var packed = attached.Content!.Open();
        using var xml = new GZipStream(packed, CompressionMode.Decompress);
        return XDocument.Load(xml);
    }

    private static string? Value(XDocument xml, string name) =>
        xml.Descendants().FirstOrDefault(element => element.Name.LocalName == name)?.Value;
}
