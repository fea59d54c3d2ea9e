using System.Net;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Screening;
using Postfleet.Frontend.Tests.Fixtures;
using Postfleet.Testing;
using Xunit;
using static Postfleet.Frontend.Tests.Fixtures.Dialogue;

namespace Postfleet.Frontend.Tests.Access;

/// <summary>DNS lists in sessions.</summary>
public sealed class DnsListCheckTests : IDisposable
{
    private const string Start = "S: 220 *\nC: HELO c.x.test\nS: 250 *\nC: MAIL FROM:<a@x.test>\nS: 250 *\n";

    private static readonly InboundOptions Rules = new()
    {
        Domains = [DomainPattern.Parse("y.test")],
        DnsListThreshold = 2,
        DnsLists =
        [
            new DnsListOptions { Zone = "secret.bl.test", Name = "bl", Weight = 2, Answers = "127.0.0.[2..11]" },
            new DnsListOptions { Zone = "wl.test", Weight = -2 },
            new DnsListOptions { Zone = "dbl.test", Kind = DnsListKind.Sender },
            new DnsListOptions { Zone = "helo.test", Kind = DnsListKind.Helo },
        ],
    };

    private readonly TempFolder _folder = new("lists");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Listed_clients_are_refused_with_the_text_of_the_list_and_not_its_zone() => await RefuseAsync(
        new ZoneDns().Address("7.2.0.192.secret.bl.test", "127.0.0.3").Text("7.2.0.192.secret.bl.test", "spam at noon"),
        "550 5.7.1 The client 192.0.2.7 is listed by bl; spam at noon");

    [Fact]
    public async Task Weights_of_all_kinds_are_added_up() => await RefuseAsync(
        new ZoneDns().Address("x.test.dbl.test", "127.0.0.2").Address("c.x.test.helo.test", "127.0.0.2"),
        "550 5.7.1 The name c.x.test is listed by helo.test");

    [Fact]
    public async Task Weights_below_the_threshold_answers_that_do_not_count_and_failures_refuse_nothing()
    {
        await AcceptAsync(new ZoneDns().Address("x.test.dbl.test", "127.0.0.2"));
        await AcceptAsync(new ZoneDns().Address("7.2.0.192.secret.bl.test", "127.0.0.12"));
        await AcceptAsync(new ZoneDns().Address("7.2.0.192.secret.bl.test", "127.0.0.2").Address("7.2.0.192.wl.test", "127.0.0.2"));
        await AcceptAsync(
            new ZoneDns().Failing("7.2.0.192.secret.bl.test").Failing("7.2.0.192.wl.test").Failing("x.test.dbl.test")
                .Failing("c.x.test.helo.test"));
        await AcceptAsync(new ZoneDns().Address("7.2.0.192.secret.bl.test", "127.0.0.2").Failing("1.0.0.127.secret.bl.test"));
    }

    [Theory]
    [InlineData("127.0.0.1", "b@y.test", "")]
    [InlineData("192.0.2.7", "Postmaster@y.test", "")]
    [InlineData("192.0.2.7", "b@y.test", "allow sender a@x.test")]
    public async Task Trusted_clients_postmasters_and_allowed_mail_are_not_refused(string client, string to, string access) =>
        await AcceptAsync(Listed(), to, access, client);

    [Fact]
    public async Task The_lists_are_asked_once_in_a_session_and_again_for_another_sender()
    {
        ZoneDns? dns = null;
        await ReplayAsync(
            Start + """
            C: RCPT TO:<b@y.test>
            S: 250 *
            C: RCPT TO:<c@y.test>
            S: 250 *
            C: RSET
            S: 250 *
            C: MAIL FROM:<>
            S: 250 *
            C: RCPT TO:<b@y.test>
            S: 250 *
            C: RSET
            S: 250 *
            C: MAIL FROM:<a@z.test>
            S: 250 *
            C: RCPT TO:<b@y.test>
            S: 250 *
            """, () => NewWorld(dns = new ZoneDns()), World.Untrusted);
        Assert.Equal(
            [
                "A 7.2.0.192.secret.bl.test", "A 7.2.0.192.wl.test", "A c.x.test.helo.test", "A x.test.dbl.test", "A z.test.dbl.test",
            ],
            dns!.Queries.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_list_without_an_answer_delays_the_reply_until_the_limit_alone()
    {
        var rules = Rules with { DnsListTime = TimeSpan.FromMilliseconds(200) };
        await ReplayAsync(
            $"{Start}C: RCPT TO:<b@y.test>\nS: 250 2.1.5 Ok\nC: RCPT TO:<c@y.test>\nS: 250 2.1.5 Ok",
            () => NewWorld(new ZoneDns().Silent("7.2.0.192.wl.test"), rules, time: TimeProvider.System), World.Untrusted);
    }

    [Fact]
    public async Task The_weight_stands_in_a_field_by_option_and_forged_fields_are_removed()
    {
        var dns = new ZoneDns().Address("x.test.dbl.test", "127.0.0.2").Address("7.2.0.192.wl.test", "127.0.0.2");
        const string Content = "X-Postfleet-Dns-Lists: -99\nC: Subject: x\nC: \nC: hi\nC: .\nS: 250 2.0.0 *";
        var worlds = await ReplayAsync(
            UpToData + "C: " + Content, () => NewWorld(dns, Rules with { DnsListScore = true }), World.Untrusted);
        var content = World.ContentOf(Assert.Single(worlds[0].Submission.Stored));
        Assert.Contains("X-Postfleet-Dns-Lists: -1;\r\n wl.test=-2\r\n dbl.test=1\r\n", content, StringComparison.Ordinal);
        Assert.DoesNotContain("-99", content, StringComparison.Ordinal);
        worlds = await ReplayAsync(UpToData + "C: " + Content, () => NewWorld(dns), World.Untrusted);
        Assert.DoesNotContain("Dns-Lists", World.ContentOf(Assert.Single(worlds[0].Submission.Stored)), StringComparison.Ordinal);
    }

    private static ZoneDns Listed() => new ZoneDns().Address("7.2.0.192.secret.bl.test", "127.0.0.2")
        .Address("1.0.0.127.secret.bl.test.not", "127.0.0.2");

    private async Task RefuseAsync(ZoneDns dns, string reply) => await ReplayAsync(
        $"{Start}C: RCPT TO:<b@y.test>\nS: {reply}\nC: RCPT TO:<c@y.test>\nS: {reply}", () => NewWorld(dns), World.Untrusted);

    private async Task AcceptAsync(ZoneDns dns, string to = "b@y.test", string access = "", string client = "192.0.2.7") =>
        await ReplayAsync(
            $"{Start}C: RCPT TO:<{to}>\nS: 250 2.1.5 Ok", () => NewWorld(dns, access: access), IPAddress.Parse(client));

    private World NewWorld(ZoneDns dns, InboundOptions? rules = null, string access = "", TimeProvider? time = null)
    {
        File.WriteAllText(_folder["list"], access);
        return new World(inbound: rules ?? Rules, dns: dns, time: time, strangers: world => new StrangerServices(
            rules ?? Rules, new AccessFiles([_folder["list"]], world.Time, world.Log), dns, time ?? world.Time, world.Log,
            new LogBudget(world.Time, 10))
        { ListLookup = dns });
    }
}
