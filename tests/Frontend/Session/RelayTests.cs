using System.Net;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Frontend.Intake;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;

namespace Postfleet.Frontend.Tests.Session;

/// <summary>Who may send where.</summary>
public sealed class RelayTests
{
    private static readonly Mailbox Postmaster = Mailbox.Parse($"postmaster@{World.Hostname}");

    private const string Start = """
        S: 220 *
        C: HELO c
        S: 250 *
        C: MAIL FROM:<a@x.test>
        S: 250 2.1.0 Ok

        """;

    [Fact]
    public Task An_untrusted_client_sends_only_to_relay_domains() => Dialogue.ReplayAsync(
        Start + """
        C: RCPT TO:<b@elsewhere.example>
        S: 550 5.7.1 Relaying denied
        C: RCPT TO:<b@sub.hosted.example>
        S: 550 5.7.1 Relaying denied
        C: RCPT TO:<b@nothosted.example>
        S: 550 5.7.1 Relaying denied
        C: RCPT TO:<b@[192.0.2.1]>
        S: 550 5.7.1 Relaying denied
        C: RCPT TO:<@hosted.example:b@elsewhere.example>
        S: 550 5.7.1 Relaying denied
        C: RCPT TO:<b%elsewhere.example@mx.example.org>
        S: 550 5.7.1 Relaying denied
        C: RCPT TO:<postmaster@elsewhere.example>
        S: 550 5.7.1 Relaying denied
        C: DATA
        S: 554 5.5.1 No valid recipients
        C: RCPT TO:<b@Hosted.Example.>
        S: 250 2.1.5 Ok
        """,
        client: World.Untrusted);

    // Another host with trust in this host would relay each of these addresses to evil.test.
    [Fact]
    public Task A_local_part_that_names_another_host_is_refused_from_an_untrusted_client() => Dialogue.ReplayAsync(
        Start + """
        C: RCPT TO:<v%evil.test@hosted.example>
        S: 550 5.7.1 Relaying denied: the local part names another host
        C: RCPT TO:<evil.test!v@hosted.example>
        S: 550 5.7.1 Relaying denied: the local part names another host
        C: RCPT TO:<"v@evil.test"@hosted.example>
        S: 550 5.7.1 Relaying denied: the local part names another host
        C: RCPT TO:<"v\@evil.test"@hosted.example>
        S: 550 5.7.1 Relaying denied: the local part names another host
        C: RCPT TO:<"v%evil.test"@hosted.example>
        S: 550 5.7.1 Relaying denied: the local part names another host
        C: RCPT TO:<@hosted.example:v%evil.test@hosted.example>
        S: 550 5.7.1 Relaying denied: the local part names another host
        C: RCPT TO:<v+evil.test=tag@hosted.example>
        S: 250 2.1.5 Ok
        """,
        client: World.Untrusted);

    [Fact]
    public Task A_local_part_that_names_another_host_is_accepted_from_a_trusted_client() => Dialogue.ReplayAsync(
        Start + """
        C: RCPT TO:<v%elsewhere.test@hosted.example>
        S: 250 2.1.5 Ok
        C: RCPT TO:<elsewhere.test!v@hosted.example>
        S: 250 2.1.5 Ok
        """);

    [Fact]
    public async Task Mail_to_postmaster_is_accepted_with_a_configured_postmaster()
    {
        string[] recipients =
        [
            "PostMaster", "postmaster@mx.example.org", "POSTMASTER@MX.example.org", "postmaster@[198.51.100.1]",
            "PostMaster@[IPv6:2001:DB8:0::1]",
            "postmaster@[IPv6:::ffff:198.51.100.1]",
        ];
        foreach (var recipient in recipients)
        {
            var worlds = await Dialogue.ReplayAsync(
                Start + $"C: RCPT TO:<{recipient}>\nS: 250 2.1.5 Ok\nC: DATA\nS: 354 *\nC: .\nS: 250 2.0.0 *",
                () => new World(relay: new RelayOptions { Postmaster = Mailbox.Parse("admin@elsewhere.example") }),
                World.Untrusted);
            Assert.All(
                worlds, world => Assert.Equal("admin@elsewhere.example", world.Submission.Stored[0].Recipients[0].Address));
        }
    }

    [Fact]
    public async Task Mail_to_postmaster_is_accepted_with_a_route_for_the_own_name()
    {
        var worlds = await Dialogue.ReplayAsync(
            Start + "C: RCPT TO:<postmaster>\nS: 250 2.1.5 Ok\nC: DATA\nS: 354 *\nC: .\nS: 250 2.0.0 *",
            () => new World(routes: [new RouteRule(DomainPattern.Parse(World.Hostname), TargetKind.Smarthost),
                new RouteRule(DomainPattern.Parse("*"), TargetKind.Mx)]),
            World.Untrusted);
        Assert.All(
            worlds, world => Assert.Equal("postmaster@mx.example.org", world.Submission.Stored[0].Recipients[0].Address));
    }

    // The mail could only bounce, to a possibly forged sender.
    [Fact]
    public Task Mail_to_an_unroutable_postmaster_is_refused_from_an_untrusted_client() => Dialogue.ReplayAsync(
        Start + """
        C: RCPT TO:<postmaster>
        S: 550 5.1.1 No mailbox for postmaster here
        C: RCPT TO:<postmaster@mx.example.org>
        S: 550 5.1.1 No mailbox for postmaster here
        C: RCPT TO:<postmaster@[198.51.100.1]>
        S: 550 5.1.1 No mailbox for postmaster here
        C: RCPT TO:<postmaster@[198.51.100.2]>
        S: 550 5.7.1 Relaying denied
        C: RCPT TO:<b@[198.51.100.1]>
        S: 550 5.7.1 Relaying denied
        """,
        client: World.Untrusted);

    [Fact]
    public Task A_recipient_whose_domain_has_no_route_is_refused() => Dialogue.ReplayAsync(
        Start + """
        C: RCPT TO:<b@routed.example>
        S: 250 2.1.5 Ok
        C: RCPT TO:<b@elsewhere.example>
        S: 550 5.7.1 Mail to this domain is not accepted
        """,
        () => new World(routes: [new RouteRule(DomainPattern.Parse("routed.example"), TargetKind.Mx)]));

    [Fact]
    public Task A_recipient_whose_route_rejects_mail_is_refused() => Dialogue.ReplayAsync(
        Start + """
        C: RCPT TO:<b@taken.bad.example>
        S: 250 2.1.5 Ok
        C: RCPT TO:<b@other.bad.example>
        S: 550 5.7.1 Mail to this domain is not accepted
        C: RCPT TO:<b@elsewhere.example>
        S: 250 2.1.5 Ok
        """,
        () => new World(routes:
        [
            new RouteRule(DomainPattern.Parse("taken.bad.example"), TargetKind.Mx),
            new RouteRule(DomainPattern.Parse("*.bad.example"), TargetKind.Reject),
            new RouteRule(DomainPattern.Parse("*"), TargetKind.Mx),
        ]));

    [Fact]
    public Task A_trusted_client_sends_to_any_domain() => Dialogue.ReplayAsync(
        Start + """
        C: RCPT TO:<b@elsewhere.example>
        S: 250 2.1.5 Ok
        C: RCPT TO:<b@[192.0.2.1]>
        S: 250 2.1.5 Ok
        C: RCPT TO:<b@[IPv6:2001:db8::1]>
        S: 250 2.1.5 Ok
        """);

    [Fact]
    public async Task Mail_of_an_untrusted_client_is_marked_for_limited_reports()
    {
        foreach (var (networks, isUntrusted) in (IEnumerable<(string[], bool)>)[([], true), (["127.0.0.0/8"], false)])
        {
            var worlds = await Dialogue.ReplayAsync(
                Start + """
                C: RCPT TO:<b@hosted.example>
                S: 250 *
                C: DATA
                S: 354 *
                C: hi
                C: .
                S: 250 *
                """,
                () => new World(relay: new RelayOptions
                {
                    TrustedNetworks = [.. networks.Select(IPNetwork.Parse)],
                    Domains = [DomainPattern.Parse("hosted.example")],
                }));
            Assert.All(worlds, world => Assert.Equal(isUntrusted, Assert.Single(world.Submission.Stored).Envelope.IsFromUntrustedClient));
        }
    }

    [Theory]
    [InlineData("10.1.2.3", true)]
    [InlineData("::ffff:10.1.2.3", true)]
    [InlineData("11.1.2.3", false)]
    [InlineData("2001:db8:1::5", true)]
    [InlineData("2001:db9::5", false)]
    [InlineData("::1", false)]
    public void Trusted_networks_are_matched_by_prefix(string address, bool isTrusted)
    {
        var options = new RelayOptions { TrustedNetworks = [IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("2001:db8::/32")] };
        var policy = new RelayPolicy(options, [], Postmaster, []);
        Assert.Equal(isTrusted, policy.Allows(IPAddress.Parse(address), Domain("any.example")));
    }

    [Theory]
    [InlineData("hosted.example", true)]
    [InlineData("a.wild.example", true)]
    [InlineData("b.a.wild.example", true)]
    [InlineData("wild.example", false)]
    [InlineData("notwild.example", false)]
    [InlineData("xn--bcher-kva.example", true)]
    public void Relay_domains_are_names_or_suffixes(string domain, bool isRelayed)
    {
        var policy = new RelayPolicy(new RelayOptions
        {
            TrustedNetworks = [],
            Domains = [DomainPattern.Parse("Hosted.Example"), DomainPattern.Parse("*.wild.example"), DomainPattern.Parse("bücher.example")]
        }, [], Postmaster, []);
        Assert.Equal(isRelayed, policy.Allows(World.Untrusted, Domain(domain)));
    }

    private static DomainName Domain(string text)
    {
        Assert.True(DomainName.TryParse(text, out var domain));
        return domain;
    }
}
