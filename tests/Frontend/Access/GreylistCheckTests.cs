using System.Net;
using Postfleet.Contracts.Greylisting;
using Postfleet.Core.Greylisting;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Screening;
using Postfleet.Frontend.Tests.Fixtures;
using Postfleet.Testing;
using Xunit;
using static Postfleet.Frontend.Tests.Fixtures.Dialogue;

namespace Postfleet.Frontend.Tests.Access;

/// <summary>Greylisting in sessions.</summary>
public sealed class GreylistCheckTests
{
    private const string Start = "S: 220 *\nC: HELO c.x.test\nS: 250 *\nC: MAIL FROM:<a@x.test>\nS: 250 *\n";

    private const string Deferred = "451 4.7.1 Greylisted, please try again in 300 s";

    private static readonly InboundOptions Rules = new()
    {
        Domains = [DomainPattern.Parse("y.test")],
        Greylisting = new GreylistOptions { Delay = TimeSpan.FromMinutes(5) },
    };

    [Fact]
    public async Task Unknown_mail_is_deferred_recipient_by_recipient_and_known_mail_passes()
    {
        FakeGreylist? greylist = null;
        await ReplayAsync(
            Start + $"""
            C: RCPT TO:<b@y.test>
            S: {Deferred}
            C: RCPT TO:<known@y.test>
            S: 250 2.1.5 Ok
            C: RCPT TO:<c@y.test>
            S: {Deferred}
            """, () => NewWorld(greylist = new FakeGreylist("known@y.test")), World.Untrusted);
        Assert.Equal(3, greylist!.Asked);
    }

    [Theory]
    [InlineData("127.0.0.1", "b@y.test", "250 2.1.5 Ok")]
    [InlineData("192.0.2.7", "postmaster@y.test", "250 2.1.5 Ok")]
    [InlineData("192.0.2.7", "b@y.test", Deferred)]
    public async Task Trusted_clients_and_postmasters_are_not_greylisted(string client, string to, string reply) => await ReplayAsync(
        $"{Start}C: RCPT TO:<{to}>\nS: {reply}", () => NewWorld(new FakeGreylist()), IPAddress.Parse(client));

    [Fact]
    public async Task The_null_sender_is_greylisted_too() => await ReplayAsync(
        $"S: 220 *\nC: HELO c.x.test\nS: 250 *\nC: MAIL FROM:<>\nS: 250 *\nC: RCPT TO:<b@y.test>\nS: {Deferred}",
        () => NewWorld(new FakeGreylist()), World.Untrusted);

    [Theory]
    [InlineData("v=spf1 ip4:192.0.2.0/24 -all", true, "250 2.1.5 Ok")]
    [InlineData("v=spf1 ip4:192.0.2.0/24 -all", false, Deferred)]
    [InlineData("v=spf1 ?all", true, Deferred)]
    [InlineData("v=spf1 -all", true, Deferred)]
    public async Task Mail_that_passes_spf_is_not_greylisted_by_option(string record, bool skips, string reply)
    {
        FakeGreylist? greylist = null;
        var dns = new ZoneDns().Text("x.test", record);
        var rules = Rules with { Greylisting = Rules.Greylisting with { SkipSpfPass = skips } };
        await ReplayAsync(
            $"{Start}C: RCPT TO:<b@y.test>\nS: {reply}\nC: RCPT TO:<c@y.test>\nS: {reply}",
            () => NewWorld(greylist = new FakeGreylist(), dns, rules), World.Untrusted);
        Assert.Equal(reply == Deferred ? 2 : 0, greylist!.Asked);
    }

    [Fact]
    public async Task Trouble_of_the_dns_is_no_pass_of_spf_and_that_of_the_storage_defers_nothing()
    {
        await ReplayAsync(
            $"{Start}C: RCPT TO:<b@y.test>\nS: {Deferred}",
            () => NewWorld(new FakeGreylist(), new ZoneDns().Failing("x.test")), World.Untrusted);
        await ReplayAsync(
            $"{Start}C: RCPT TO:<b@y.test>\nS: 250 2.1.5 Ok", () => NewWorld(new FakeGreylist { IsAway = true }), World.Untrusted);
    }

    [Fact]
    public async Task Without_a_delay_there_is_no_greylisting() => await ReplayAsync(
        $"{Start}C: RCPT TO:<b@y.test>\nS: 250 2.1.5 Ok",
        () => NewWorld(new FakeGreylist(), rules: Rules with { Greylisting = new GreylistOptions() }), World.Untrusted);

    private static World NewWorld(FakeGreylist greylist, ZoneDns? dns = null, InboundOptions? rules = null) => new(
        inbound: rules ?? Rules, dns: dns, strangers: world => new StrangerServices(
            rules ?? Rules, null, dns ?? new ZoneDns(), world.Time, world.Log, new LogBudget(world.Time, 10))
        {
            Greylist = greylist,
        });

    private sealed class FakeGreylist(params string[] known) : IGreylist
    {
        private readonly HashSet<Guid> _known =
            [.. known.Select(to => GreylistTriplet.Of(World.Untrusted, Mailbox.Parse("a@x.test"), Mailbox.Parse(to)).Key)];

        public bool IsAway { get; init; }

        public int Asked { get; private set; }

        public GreylistAnswer? TryMeet(in GreylistTriplet triplet) => null;

        public ValueTask<GreylistAnswer> MeetAsync(GreylistTriplet triplet, GreylistRules rules, CancellationToken cancellationToken)
        {
            Asked++;
            return new(IsAway ? new GreylistAnswer(GreylistAnswerKind.Unknown, TimeSpan.Zero)
                : _known.Contains(triplet.Key) ? new GreylistAnswer(GreylistAnswerKind.Passed, TimeSpan.Zero)
                : new GreylistAnswer(GreylistAnswerKind.Deferred, rules.Delay));
        }
    }
}
