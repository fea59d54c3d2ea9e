using Postfleet.Contracts.Queueing;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Tests.Fixtures;
using Postfleet.Frontend.Tests.Recipients;
using Xunit;
using static Postfleet.Frontend.Tests.Fixtures.Dialogue;

namespace Postfleet.Frontend.Tests.Session;

/// <summary>Recipients of inbound domains: unknown ones are refused at RCPT, aliases become their targets.</summary>
public sealed class RecipientTests
{
    private const string Entries =
        """
        ann@own.test
        bob@own.test    bob@own.test, bob@else.test
        info@own.test   ann@own.test
        gone@own.test   x@rejected.test
        wide@own.test   u1@else.test, u2@else.test, u3@else.test
        @old.test       @own.test
        @open.test      all@open.test
        """;

    private const string Begin = "S: 220 *\nC: EHLO c\nS: 250-*\nS: 250-*\nS: 250-*\nS: 250-*\nS: 250-*\nS: 250-*\nS: 250-*\nS: 250-*\n"
        + "S: 250 *\nC: MAIL FROM:<a@x.test>\nS: 250 *\n";

    private const string End = "C: DATA\nS: 354 *\nC: Subject: x\nC: \nC: hi\nC: .\nS: 250 2.0.0 Ok: queued as *";

    [Fact]
    public async Task Unknown_recipients_are_refused_and_others_become_their_targets()
    {
        var message = await ReceiveAsync(
            """
            C: RCPT TO:<nobody@own.test>
            S: 550 5.1.1 No such user here
            C: RCPT TO:<nobody@old.test>
            S: 550 5.1.1 No such user here
            C: RCPT TO:<x@elsewhere.test>
            S: 550 5.7.1 Relaying denied
            C: RCPT TO:<gone@own.test>
            S: 550 5.7.1 Mail to this domain is not accepted
            C: RCPT TO:<ann+news@own.test>
            S: 250 2.1.5 Ok
            C: RCPT TO:<info@old.test>
            S: 250 2.1.5 Ok
            C: RCPT TO:<bob@own.test>
            S: 250 2.1.5 Ok
            C: RCPT TO:<any@open.test>
            S: 250 2.1.5 Ok
            C: RCPT TO:<ann@own.test>
            S: 250 2.1.5 Ok

            """);
        Assert.Equal(
            ["ann+news@own.test", "ann@own.test", "bob@own.test", "bob@else.test", "all@open.test"],
            message.Recipients.Select(recipient => recipient.Address));
    }

    [Fact]
    public async Task Targets_have_the_request_of_the_alias_and_its_address_as_original_recipient()
    {
        var message = await ReceiveAsync(
            """
            C: RCPT TO:<bob+1@own.test> NOTIFY=SUCCESS,DELAY
            S: 250 2.1.5 Ok
            C: RCPT TO:<info@own.test> NOTIFY=NEVER ORCPT=rfc822;first@x.test
            S: 250 2.1.5 Ok

            """);
        Assert.Equal(
            [
                ("bob+1@own.test", NotifyOn.Delay, "rfc822;bob+2B1@own.test"),
                ("bob+1@else.test", NotifyOn.Delay, "rfc822;bob+2B1@own.test"),
                ("ann@own.test", NotifyOn.Never, "rfc822;first@x.test"),
            ],
            message.Recipients.Select(recipient => (
                recipient.Address, message.Requests[recipient].Notify, message.Requests[recipient].OriginalRecipient)));
    }

    [Fact]
    public async Task Success_of_an_alias_of_several_addresses_is_reported_as_its_expansion()
    {
        var message = await ReceiveAsync(
            """
            C: RCPT TO:<bob@own.test> NOTIFY=SUCCESS ORCPT=rfc822;first@x.test
            S: 250 2.1.5 Ok
            C: RCPT TO:<bob@own.test> NOTIFY=SUCCESS
            S: 250 2.1.5 Ok
            C: RCPT TO:<info@own.test> NOTIFY=SUCCESS
            S: 250 2.1.5 Ok

            """);
        Assert.Equal([new ExpandedRecipient(Mailbox.Parse("bob@own.test"), "rfc822;first@x.test")], message.Expanded);
        Assert.Equal(
            [NotifyOn.Never, NotifyOn.Never, NotifyOn.Success],
            message.Recipients.Select(recipient => message.Requests[recipient].Notify));
    }

    [Fact]
    public async Task The_trace_header_names_the_recipient_that_the_client_named()
    {
        var message = await ReceiveAsync("C: RCPT TO:<info@own.test>\nS: 250 *\nC: RCPT TO:<info@own.test>\nS: 250 *\n");
        Assert.Contains("for <info@own.test>;", World.ContentOf(message), StringComparison.Ordinal);
        Assert.Equal("ann@own.test", Assert.Single(message.Recipients).Address);
    }

    [Theory]
    [InlineData(null, "POSTMASTER@own.test", "POSTMASTER@own.test")]
    [InlineData(null, "abuse@old.test", "abuse@own.test")]
    [InlineData("info@own.test", "abuse@own.test", "ann@own.test")]
    [InlineData("info@own.test", "postmaster@old.test", "ann@own.test")]
    [InlineData("root@own.test", "postmaster@own.test", "root@own.test")]
    [InlineData("root@own.test", "abuse@own.test", "root@own.test")]
    [InlineData("info@own.test", "postmaster", "ann@own.test")]
    [InlineData("root@own.test", "postmaster", "root@own.test")]
    [InlineData("root@own.test", "abuse@open.test", "all@open.test")]
    public async Task Postmaster_and_abuse_are_known_without_an_entry(string? postmaster, string recipient, string target)
    {
        var relay = new RelayOptions { Postmaster = postmaster is null ? null : Mailbox.Parse(postmaster) };
        var message = await ReceiveAsync($"C: RCPT TO:<{recipient}>\nS: 250 *\n", relay: relay);
        Assert.Equal(target, Assert.Single(message.Recipients).Address);
    }

    [Fact]
    public async Task Targets_count_as_recipients_and_an_alias_with_more_is_accepted_alone()
    {
        var limits = World.NoDelay with { MaxRecipients = 2 };
        var message = await ReceiveAsync(
            "C: RCPT TO:<ann@own.test>\nS: 250 2.1.5 Ok\nC: RCPT TO:<wide@own.test>\nS: 452 4.5.3 Too many recipients\n", limits);
        Assert.Single(message.Recipients);
        message = await ReceiveAsync("C: RCPT TO:<wide@own.test>\nS: 250 *\nC: RCPT TO:<bob@own.test>\nS: 452 *\n", limits);
        Assert.Equal(3, message.Recipients.Count);
    }

    [Fact]
    public async Task A_client_that_tries_many_addresses_is_ended()
    {
        var tries = string.Concat(Enumerable.Range(0, 3).Select(i => $"C: RCPT TO:<u{i}@own.test>\nS: 550 5.1.1 No such user here\n"));
        await ReplayAsync(
            Begin + tries + "S: 421 4.7.0 Too many errors\nS.", () => NewWorld(World.NoDelay with { MaxErrors = 3 }), World.Untrusted);
    }

    [Fact]
    public async Task Listeners_for_relay_expand_and_refuse_too()
    {
        var worlds = await ReplayAsync(
            Begin + "C: RCPT TO:<nobody@own.test>\nS: 550 5.1.1 *\nC: RCPT TO:<info@own.test>\nS: 250 *\nC: RCPT TO:<x@elsewhere.test>\n"
            + $"S: 250 *\n{End}", () => new World(recipients: Tables.Rules(Entries)), World.Trusted);
        Assert.Equal(
            ["ann@own.test", "x@elsewhere.test"],
            Assert.Single(worlds[0].Submission.Stored).Recipients.Select(recipient => recipient.Address));
    }

    [Fact]
    public async Task A_domain_of_aliases_alone_needs_no_route()
    {
        var worlds = await ReplayAsync(
            Begin + $"C: RCPT TO:<info@old.test>\nS: 250 *\nC: RCPT TO:<nobody@old.test>\nS: 550 5.1.1 *\n{End}",
            () => new World(
                routes: [new RouteRule(DomainPattern.Parse("own.test"), TargetKind.Mx)], inbound: Tables.Inbound,
                recipients: Tables.Rules(Entries)),
            World.Untrusted);
        Assert.Equal("ann@own.test", Assert.Single(Assert.Single(worlds[0].Submission.Stored).Recipients).Address);
    }

    // old.test has aliases alone, and no route.
    [Theory]
    [InlineData("smtp", "postmaster@old.test", "postmaster@mx.example.org")]
    [InlineData("smtp", "Abuse@old.test", "postmaster@mx.example.org")]
    [InlineData("smtp", "postmaster@own.test", "postmaster@own.test")]
    [InlineData("mx", "postmaster@old.test", null)]
    public async Task The_postmaster_of_a_domain_of_aliases_is_that_of_this_host(string own, string recipient, string? target)
    {
        RouteRule[] routes =
        [
            new(DomainPattern.Parse("own.test"), TargetKind.Smarthost),
            new(DomainPattern.Parse(World.Hostname), own == "mx" ? TargetKind.Mx : TargetKind.Smarthost),
        ];
        var worlds = await ReplayAsync(
            Begin + $"C: RCPT TO:<{recipient}>\n{(target is null ? "S: 550 5.7.1 *" : $"S: 250 *\n{End}")}",
            () => new World(
                routes: routes, inbound: Tables.Inbound,
                recipients: Tables.Rules("info@old.test ann@own.test\nann@own.test", routes: routes)),
            World.Untrusted);
        Assert.Equal(target, worlds[0].Submission.Stored.SingleOrDefault()?.Recipients[0].Address);
    }

    [Fact]
    public async Task Aliases_beyond_the_bounds_defer_mail()
    {
        var deep = string.Join('\n', Enumerable.Range(0, 60).Select(i => $"d{i}@own.test d{i + 1}@own.test"));
        await ReplayAsync(
            Begin + "C: RCPT TO:<d0@own.test>\nS: 451 4.3.5 The aliases of this address exceed the bounds",
            () => NewWorld(entries: deep), World.Untrusted);
    }

    [Fact]
    public void A_known_recipient_allocates_nothing()
    {
        var world = NewWorld();
        var session = new Frontend.Session.SessionMachine(world.Profile, world.Services.Relay, World.Trusted, world.Memory);
        var subject = new Contracts.Receiving.RecipientSubject(session, Mailbox.Parse("ann+x@own.test"), DsnRequest.None, false);
        var check = new Frontend.Session.RecipientCheck(world.Services.Recipients!, world.Services.Relay);
        for (var i = 0; i < 100; i++) check.Judge(subject);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) check.Judge(subject);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static async Task<Contracts.Queueing.Submission> ReceiveAsync(
        string recipients, SmtpOptions? limits = null, RelayOptions? relay = null)
    {
        var worlds = await ReplayAsync(Begin + recipients + End, () => NewWorld(limits, relay), World.Untrusted);
        return Assert.Single(worlds[0].Submission.Stored);
    }

    [Fact]
    public async Task An_alias_without_memory_for_its_targets_opens_no_way_to_DATA()
    {
        // Small recipients have memory of their own in each session.
        var targets = string.Join(", ", Enumerable.Range(0, 900).Select(i => $"{new string('t', 50)}{i}@b.test"));
        var world = NewWorld(entries: $"all@own.test {targets}");
        await using var client = new MemoryClient(world);
        await client.SendAsync("HELO c\r\nMAIL FROM:<a@x.test>\r\n");
        await client.ExpectAsync("220 *", "250 *", "250 2.1.0 Ok");
        using var lease = world.Memory.OpenLease(null);
        Assert.True(lease.TryTake(world.Memory.Free));
        await client.SendAsync("RCPT TO:<all@own.test>\r\nDATA\r\n");
        await client.ExpectAsync("452 4.3.1 Insufficient system storage", "554 5.5.1 *");
    }

    private static World NewWorld(SmtpOptions? limits = null, RelayOptions? relay = null, string entries = Entries) => new(
        limits, relay,
        routes:
        [
            new RouteRule(DomainPattern.Parse("rejected.test"), TargetKind.Reject),
            new RouteRule(DomainPattern.Parse("*"), TargetKind.Mx),
        ],
        inbound: Tables.Inbound, recipients: Tables.Rules(entries, relay));
}
