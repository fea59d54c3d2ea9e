using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Recipients;
using Postfleet.Frontend.Session;
using Postfleet.Frontend.Tests.Fixtures;
using Postfleet.Frontend.Tests.Recipients;
using Xunit;
using static Postfleet.Frontend.Tests.Fixtures.Dialogue;

namespace Postfleet.Frontend.Tests.Session;

/// <summary>Recipients about whom the next host is asked at RCPT.</summary>
public sealed class CalloutDialogueTests
{
    private const string Begin = "S: 220 *\nC: HELO c\nS: 250 *\nC: MAIL FROM:<a@x.test>\nS: 250 *\n";

    private readonly FakeCallout _hosts = new();

    [Fact]
    public async Task The_host_decides_about_addresses_without_an_entry()
    {
        await ReplayAsync(
            Begin +
            """
            C: RCPT TO:<yes@own.test>
            S: 250 2.1.5 Ok
            C: RCPT TO:<no@own.test>
            S: 550 5.1.1 No such user here
            C: RCPT TO:<full@own.test>
            S: 550 5.2.2 The mailbox host does not accept mail for this recipient
            C: RCPT TO:<later@own.test>
            S: 250 2.1.5 Ok
            C: RCPT TO:<abuse-no@own.test>
            S: 550 5.1.1 *
            C: RCPT TO:<postmaster@own.test>
            S: 250 2.1.5 Ok
            C: RCPT TO:<no@old.test>
            S: 250 2.1.5 Ok
            """, () => NewWorld(), World.Untrusted);
        Assert.True(_hosts.Asked > 0);
    }

    [Fact]
    public async Task Files_have_the_first_word()
    {
        await ReplayAsync(
            Begin +
            """
            C: RCPT TO:<no@own.test>
            S: 250 2.1.5 Ok
            C: RCPT TO:<yes@own.test>
            S: 550 5.1.1 No such user here
            C: RCPT TO:<info@own.test>
            S: 250 2.1.5 Ok
            """, () => NewWorld(entries: "no@own.test\ninfo@own.test no2@open.test\n@open.test"), World.Untrusted);
        Assert.Equal(0, _hosts.Asked);
        await ReplayAsync(
            Begin +
            """
            C: RCPT TO:<no@open.test>
            S: 550 5.1.1 No such user here
            C: RCPT TO:<yes@own.test>
            S: 250 2.1.5 Ok
            C: RCPT TO:<no@own.test>
            S: 550 5.1.1 No such user here
            """, () => NewWorld(entries: "@own.test @open.test\n@open.test"), World.Untrusted);
    }

    [Fact]
    public async Task Without_an_answer_mail_is_deferred_by_option() => await ReplayAsync(
        Begin + "C: RCPT TO:<later@own.test>\nS: 450 4.1.1 The recipient cannot be checked now",
        () => NewWorld(Tables.Inbound with { OnCalloutFailure = CalloutFailureHandling.Defer }), World.Untrusted);

    [Fact]
    public async Task Moved_mail_does_not_wait_for_an_answer()
    {
        var inbound = Tables.Inbound with { OnCalloutFailure = CalloutFailureHandling.Defer };
        await ReplayAsync(
            Begin + "C: RCPT TO:<later@own.test>\nS: 250 2.1.5 Ok", () => NewWorld(inbound, stream: FakeCallout.MovedStream),
            World.Untrusted);
        Assert.True(_hosts.Asked > 0);
    }

    [Fact]
    public async Task A_host_that_does_not_answer_in_time_keeps_no_mail_away()
    {
        _hosts.Hold();
        await ReplayAsync(
            Begin + "C: RCPT TO:<no@own.test>\nS: 250 2.1.5 Ok",
            () => NewWorld(Tables.Inbound with { CalloutTime = TimeSpan.FromMilliseconds(50) }, time: TimeProvider.System),
            World.Untrusted);
    }

    [Fact]
    public async Task Nobody_is_asked_about_recipients_that_another_check_refuses()
    {
        var denied = Verdict.Refuse("550 5.7.1 Access denied");
        var check = new ScriptedCheck(_ => denied, Answering.AtOnce) { Applies = _ => true };
        await ReplayAsync(
            Begin + "C: RCPT TO:<yes@own.test>\nS: 550 5.7.1 Access denied", () => NewWorld(check: check), World.Untrusted);
        Assert.Equal(0, _hosts.Asked);
    }

    [Fact]
    public async Task Where_mail_is_passed_on_the_host_is_asked_for_own_machines_alone()
    {
        World NewProxied() => NewWorld(mode: ProxyMode.Defer);
        await ReplayAsync(Begin + "C: RCPT TO:<no@own.test>\nS: 550 5.1.0 no such mailbox ?", NewProxied, World.Untrusted);
        Assert.Equal(0, _hosts.Asked);
        await ReplayAsync(Begin + "C: RCPT TO:<no@own.test>\nS: 550 5.1.1 No such user here", NewProxied, World.Trusted);
        Assert.True(_hosts.Asked > 0);
    }

    // Mail for old.test goes to an MX.
    private World NewWorld(
        InboundOptions? rules = null, string? entries = null, TimeProvider? time = null, ScriptedCheck? check = null,
        ProxyMode mode = ProxyMode.None, string stream = "")
    {
        var inbound = rules ?? Tables.Inbound;
        var table = entries is null ? null : Tables.Of(entries);
        var callout = new Callout(
            _hosts, new CalloutCache(TimeSpan.FromHours(6), TimeSpan.FromMinutes(10), time ?? TimeProvider.System));
        return new World(
            routes:
            [
                new RouteRule(DomainPattern.Parse("old.test"), TargetKind.Mx),
                new RouteRule(DomainPattern.Parse("*"), TargetKind.Smarthost) { Proxy = mode },
            ],
            inbound: inbound, time: time, stream: stream, proxy: new FakeProxy(),
            checks: check is null ? null : new SessionChecks { Recipient = [check] },
            recipients: new RecipientRules(table is null ? null : () => table, inbound, World.RelayOf(), callout));
    }
}
