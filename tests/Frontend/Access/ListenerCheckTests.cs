using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Screening;
using Postfleet.Frontend.Tests.Fixtures;
using Postfleet.Testing;
using Xunit;
using static Postfleet.Frontend.Tests.Fixtures.Dialogue;

namespace Postfleet.Frontend.Tests.Access;

/// <summary>What listeners check.</summary>
public sealed class ListenerCheckTests : IDisposable
{
    private const ListenerChecks All =
        ListenerChecks.Access | ListenerChecks.Rates | ListenerChecks.DnsLists | ListenerChecks.Greylisting | ListenerChecks.Authentication;

    private static readonly InboundOptions Rules = new()
    {
        Domains = [DomainPattern.Parse("y.test")],
        DnsLists = [new DnsListOptions { Zone = "bl.test" }],
    };

    private readonly TempFolder _folder = new("checks");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("", "")]
    [InlineData("NONE", "none")]
    [InlineData("Authentication, access", "access authentication")]
    [InlineData("authentication greylisting rates dns-lists access", "access rates dns-lists greylisting authentication")]
    [InlineData("none access", null)]
    [InlineData("spam", null)]
    [InlineData(",", null)]
    public void Text_has_a_canonical_form(string text, string? canonical) =>
        Assert.Equal(canonical, ListenerCheckText.Normalize(text));

    [Theory]
    [InlineData("inbound", "", All)]
    [InlineData("relay", "", ListenerChecks.Access | ListenerChecks.Rates)]
    [InlineData("submission", "", ListenerChecks.None)]
    [InlineData("inbound", "none", ListenerChecks.None)]
    [InlineData("relay", "access dns-lists", ListenerChecks.Access | ListenerChecks.DnsLists)]
    public void Each_service_has_its_checks(string service, string text, ListenerChecks checks) =>
        Assert.Equal(checks, ListenerCheckText.Of(new ListenerOptions { Service = service, Checks = text }));

    [Theory]
    [InlineData("inbound", "", "denied@x.test", "550 5.7.1 Access denied")]
    [InlineData("inbound", "", "a@x.test", "550 5.7.1 The client 192.0.2.7 is listed by bl.test")]
    [InlineData("inbound", "access", "a@x.test", "250 2.1.5 Ok")]
    [InlineData("inbound", "dns-lists", "denied@x.test", "550 5.7.1 The client 192.0.2.7 is listed by bl.test")]
    [InlineData("inbound", "none", "denied@x.test", "250 2.1.5 Ok")]
    [InlineData("relay", "", "a@x.test", "250 2.1.5 Ok")]
    [InlineData("relay", "dns-lists", "a@x.test", "550 5.7.1 The client 192.0.2.7 is listed by bl.test")]
    [InlineData("relay", "none", "denied@x.test", "250 2.1.5 Ok")]
    public async Task A_listener_checks_what_it_names(string service, string checks, string from, string reply)
    {
        var to = service == "inbound" ? "b@y.test" : "b@hosted.example";
        await ReplayAsync(
            $"S: 220 *\nC: HELO c\nS: 250 *\nC: MAIL FROM:<{from}>\nS: 250 *\nC: RCPT TO:<{to}>\nS: {reply}",
            () => NewWorld(service, checks), World.Untrusted);
    }

    [Fact]
    public async Task Without_authentication_a_message_has_no_results_and_forged_ones_are_removed_all_the_same()
    {
        var worlds = await ReplayAsync(
            $"{UpToData}C: Authentication-Results: mx.example.org; spf=pass\nC: Subject: x\nC: \nC: hi\nC: .\nS: 250 2.0.0 *",
            () => NewWorld("inbound", "none"), World.Untrusted);
        Assert.DoesNotContain(
            "Authentication-Results", World.ContentOf(Assert.Single(worlds[0].Submission.Stored)), StringComparison.Ordinal);
    }

    private World NewWorld(string service, string checks)
    {
        File.WriteAllText(_folder["list"], "deny sender denied@x.test");
        var dns = new ZoneDns().Address("7.2.0.192.bl.test", "127.0.0.2");
        return new World(
            inbound: service == "inbound" ? Rules : null, dns: dns, listenerChecks: checks, strangers: world => new StrangerServices(
                Rules, new AccessFiles([_folder["list"]], world.Time, world.Log), dns, world.Time, world.Log,
                new LogBudget(world.Time, 10))
            { ListLookup = dns });
    }
}
