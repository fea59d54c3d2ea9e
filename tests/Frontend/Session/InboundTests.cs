using System.Collections.Concurrent;
using System.Net;
using Postfleet.Authentication.Dmarc;
using Postfleet.Authentication.Dmarc.Reports;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Tests.Fixtures;
using Postfleet.Testing;
using Xunit;
using static Postfleet.Frontend.Tests.Fixtures.Dialogue;

namespace Postfleet.Frontend.Tests.Session;

/// <summary>Listeners for inbound mail: own domains alone, and the results of the checks above the message.</summary>
public sealed class InboundTests
{
    private static readonly InboundOptions Rules = new() { Domains = [DomainPattern.Parse("y.test"), DomainPattern.Parse("*.y.test")] };

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("192.0.2.7")]
    public async Task Mail_for_the_inbound_domains_alone_is_accepted_whoever_the_client_is(string client) => await ReplayAsync(
        """
        S: 220 *
        C: HELO c
        S: 250 mx.example.org
        C: MAIL FROM:<a@x.test>
        S: 250 2.1.0 Ok
        C: RCPT TO:<b@Y.test>
        S: 250 2.1.5 Ok
        C: RCPT TO:<b@sub.y.test>
        S: 250 2.1.5 Ok
        C: RCPT TO:<b@hosted.example>
        S: 550 5.7.1 Relaying denied
        C: RCPT TO:<b@x.test>
        S: 550 5.7.1 Relaying denied
        C: RCPT TO:<b%x.test@y.test>
        S: 550 5.7.1 Relaying denied: the local part names another host
        """, () => NewWorld(), IPAddress.Parse(client));

    [Theory]
    [InlineData("127.0.0.1", false, true)]
    [InlineData("127.0.0.1", true, false)]
    [InlineData("192.0.2.7", true, false)]
    public async Task Mail_of_own_machines_at_other_listeners_alone_is_of_this_site(string client, bool isInbound, bool isOwn)
    {
        var worlds = await ReplayAsync(
            $"{UpToData}C: hi\nC: .\nS: 250 2.0.0 Ok: queued as *", () => isInbound ? NewWorld() : new World(), IPAddress.Parse(client));
        Assert.All(worlds, world => Assert.Equal(isOwn, Assert.Single(world.Submission.Stored).IsOwn));
    }

    [Fact]
    public async Task Results_stand_above_the_message()
    {
        var dns = new ZoneDns().Text("x.test", "v=spf1 ip4:192.0.2.0/24 -all");
        var content = await ReceiveAsync(dns, Rules, "Subject: x\nC: \nC: hi");
        Assert.StartsWith(
            "Authentication-Results: mx.example.org;\r\n spf=pass smtp.mailfrom=a@x.test;\r\n dkim=none", content,
            StringComparison.Ordinal);
        Assert.Contains("\r\nReceived: from c (", content, StringComparison.Ordinal);
        Assert.EndsWith("Subject: x\r\n\r\nhi\r\n", content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Forged_results_of_this_service_are_removed_and_those_of_others_stay()
    {
        var content = await ReceiveAsync(
            new ZoneDns(), Rules,
            "authentication-results: MX.example.org; spf=pass\nC: Authentication-Results: other.test; spf=pass\nC: \nC: hi");
        Assert.DoesNotContain("MX.example.org", content, StringComparison.Ordinal);
        Assert.Contains("\r\nAuthentication-Results: other.test; spf=pass\r\n", content, StringComparison.Ordinal);
        Assert.Contains("spf=none", content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Silent_dns_gives_temperror_when_the_time_is_over_and_the_mail_is_accepted()
    {
        var content = await ReceiveAsync(
            new ZoneDns().Silent("x.test"), Rules with { CheckTime = TimeSpan.FromMilliseconds(100) }, "Subject: x\nC: \nC: hi",
            TimeProvider.System);
        Assert.Contains("spf=temperror", content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Received_spf_is_added_by_option()
    {
        var content = await ReceiveAsync(
            new ZoneDns().Text("x.test", "v=spf1 -all"), Rules with { ReceivedSpf = true }, "Subject: x\nC: \nC: hi");
        Assert.Contains("\r\nReceived-SPF: fail (mx.example.org: ", content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Marks_of_quarantine_that_come_with_a_message_are_removed()
    {
        var content = await ReceiveAsync(new ZoneDns(), Rules, "X-Postfleet-Quarantine: no\nC: From: a@x.test\nC: \nC: hi");
        Assert.DoesNotContain("Quarantine", content, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("192.0.2.7", false)]
    public async Task Marks_stay_on_mail_that_a_trusted_client_relays_alone(string client, bool stays)
    {
        const string content = "X-Postfleet-Idempotency-Key: k1\nC: X-Postfleet-Quarantine: dmarc\nC: Subject: x\nC: \nC: hi\nC: .";
        var to = stays ? "b@y.test" : "b@hosted.example";
        foreach (var world in await ReplayAsync(
            $"S: 220 *\nC: HELO c\nS: 250 *\nC: MAIL FROM:<a@x.test>\nS: 250 *\nC: RCPT TO:<{to}>\nS: 250 *\nC: DATA\nS: 354 *\n"
            + $"C: {content}\nS: 250 2.0.0 Ok: queued as *", () => new World(), IPAddress.Parse(client)))
        {
            Assert.Equal(
                (stays ? "X-Postfleet-Quarantine: dmarc\r\n" : "") + "Subject: x\r\n\r\nhi\r\n",
                World.BodyOf(Assert.Single(world.Submission.Stored)));
        }
    }

    [Theory]
    [InlineData("v=DMARC1; p=reject", "dmarc=fail (p=reject dis=quarantine)", true)]
    [InlineData("v=DMARC1; p=quarantine", "dmarc=fail (p=quarantine dis=quarantine)", true)]
    [InlineData("v=DMARC1; p=none", "dmarc=fail (p=none)", false)]
    [InlineData("v=DMARC1; p=quarantine; t=y", "dmarc=fail (p=quarantine)", false)]
    public async Task Forged_mail_is_marked_by_default_as_the_policy_says(string record, string result, bool isMarked)
    {
        var content = await ReceiveAsync(Forged(record), Rules, ForgedContent);
        Assert.Contains(result, content.Replace("\r\n", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal(isMarked, content.Contains("\r\nX-Postfleet-Quarantine: dmarc\r\n", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("v=DMARC1; p=reject", "550 5.7.26 The message is not authenticated by bank.test (DMARC), and its policy is to reject it")]
    [InlineData("v=DMARC1; p=quarantine", "250 2.0.0 Ok: queued as *")]
    public async Task Forged_mail_is_refused_by_option_where_the_policy_is_reject(string record, string reply) => await ReplayAsync(
        $"{UpToData}C: {ForgedContent}\nC: .\nS: {reply}",
        () => NewWorld(Forged(record), Rules with { Dmarc = DmarcHandling.Reject }), World.Untrusted);

    [Theory]
    [InlineData("From: a@bank.test\r\nFrom: b <c@x.test> <d@x.test>\r\n", DmarcHandling.Quarantine, true)]
    [InlineData("From: Bank <a@bank.test> <b@x.test>\r\n", DmarcHandling.Quarantine, true)]
    [InlineData("From: Bank <a@bank.test> <b@x.test>\r\n", DmarcHandling.Reject, true)]
    [InlineData("From: Bank <a@bank.test> <b@x.test>\r\n", DmarcHandling.None, false)]
    [InlineData("From: a@1.test, b@2.test, c@3.test, d@4.test, e@5.test, f@bank.test\r\n", DmarcHandling.Quarantine, true)]
    [InlineData("Subject: no author\r\n", DmarcHandling.Quarantine, true)]
    public async Task Mail_whose_authors_cannot_be_read_is_marked(string fields, DmarcHandling handling, bool isMarked)
    {
        var content = await ReceiveAsync(
            Forged("v=DMARC1; p=reject"), Rules with { Dmarc = handling },
            $"{fields}\r\nhi".Replace("\r\n", "\nC: ", StringComparison.Ordinal));
        Assert.Equal(isMarked, content.Contains("\r\nX-Postfleet-Quarantine: dmarc\r\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Policies_have_no_effect_by_option()
    {
        var content = await ReceiveAsync(Forged("v=DMARC1; p=reject"), Rules with { Dmarc = DmarcHandling.None }, ForgedContent);
        Assert.Contains("dmarc=fail (p=reject) ", content, StringComparison.Ordinal);
        Assert.DoesNotContain("Quarantine", content, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, "_dmarc.bank.test")]
    [InlineData(false, "x.test")]
    [InlineData(true, "_dmarc.bank.test")]
    [InlineData(true, "x.test")]
    public async Task Trouble_of_the_dns_refuses_no_mail_and_defers_it_by_option(bool isDeferred, string failing)
    {
        var rules = Rules with
        {
            Dmarc = DmarcHandling.Reject,
            OnDnsFailure = isDeferred ? DnsFailureHandling.Defer : DnsFailureHandling.Accept,
        };
        var reply = isDeferred ? "451 4.4.3 The sender cannot be checked now, because the DNS does not answer"
            : "250 2.0.0 Ok: queued as *";
        var worlds = await ReplayAsync(
            $"{UpToData}C: {ForgedContent}\nC: .\nS: {reply}", () => NewWorld(Forged("v=DMARC1; p=reject").Failing(failing), rules),
            World.Untrusted);
        if (!isDeferred)
        {
            Assert.Contains(
                "dmarc=temperror", World.ContentOf(Assert.Single(worlds[0].Submission.Stored)), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Messages_are_counted_for_the_reports_to_their_authors_domain(bool isOn)
    {
        var counts = new Counted { IsOn = isOn };
        var record = "v=DMARC1; p=reject; rua=mailto:r@bank.test";
        await ReplayAsync(
            $"{UpToData}C: {ForgedContent}\nC: .\nS: 250 2.0.0 Ok: queued as *",
            () => new World(inbound: Rules, dns: Forged(record), dmarc: counts),
            World.Untrusted);
        if (!isOn)
        {
            Assert.Empty(counts.Rows);
            return;
        }

        Assert.All(counts.Rows, counted =>
        {
            Assert.Equal(("bank.test", record), (counted.Domain, counted.Record.Text));
            Assert.Equal(
                (World.Untrusted, DmarcDisposition.Quarantine, "bank.test", false, false, "local_policy", "x.test"),
                (counted.Row.Source, counted.Row.Disposition, counted.Row.HeaderFrom, counted.Row.IsDkimAligned, counted.Row.IsSpfAligned,
                    counted.Row.Override, counted.Row.EnvelopeFrom));
            Assert.Equal(new DmarcReportSpf("x.test", "fail"), counted.Row.Spf);
        });
        Assert.NotEmpty(counts.Rows);
    }

    [Theory]
    [InlineData("v=DMARC1; p=reject", "")]
    [InlineData("v=DMARC1; p=reject; rua=mailto:r@bank.test", "_dmarc.bank.test")]
    [InlineData("v=DMARC1; p=reject; rua=mailto:r@bank.test", "x.test")]
    public async Task Messages_without_a_wanted_report_or_without_a_decision_are_not_counted(string record, string failing)
    {
        var counts = new Counted { IsOn = true };
        await ReplayAsync(
            $"{UpToData}C: {ForgedContent}\nC: .\nS: 250 2.0.0 Ok: queued as *",
            () => new World(inbound: Rules, dns: failing.Length > 0 ? Forged(record).Failing(failing) : Forged(record), dmarc: counts),
            World.Untrusted);
        Assert.Empty(counts.Rows);
    }

    private sealed class Counted : IDmarcCounts
    {
        public bool IsOn { get; init; }

        public ConcurrentQueue<(string Domain, DmarcRecord Record, DmarcReportRow Row)> Rows { get; } = new();

        public void Add(string policyDomain, DmarcRecord record, DmarcReportRow row) => Rows.Enqueue((policyDomain, record, row));
    }

    private const string ForgedContent = "From: boss@bank.test\nC: Subject: x\nC: \nC: hi";

    private static ZoneDns Forged(string record) =>
        new ZoneDns().Text("x.test", "v=spf1 -all").Text("_dmarc.bank.test", record).Address("bank.test", "192.0.2.80");

    private static async Task<string> ReceiveAsync(ZoneDns dns, InboundOptions rules, string content, TimeProvider? time = null)
    {
        var worlds = await ReplayAsync(
            $"{UpToData}C: {content}\nC: .\nS: 250 2.0.0 Ok: queued as *", () => NewWorld(dns, rules, time), World.Untrusted);
        return World.ContentOf(Assert.Single(worlds[0].Submission.Stored));
    }

    private static World NewWorld(ZoneDns? dns = null, InboundOptions? rules = null, TimeProvider? time = null) =>
        new(inbound: rules ?? Rules, dns: dns, time: time);
}
