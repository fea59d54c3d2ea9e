using System.Net;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Screening;
using Postfleet.Frontend.Tests.Fixtures;
using Postfleet.Testing;
using Xunit;
using static Postfleet.Frontend.Tests.Fixtures.Dialogue;

namespace Postfleet.Frontend.Tests.Access;

/// <summary>Access lists in sessions.</summary>
public sealed class AccessCheckTests : IDisposable
{
    private const string Start = "S: 220 *\nC: HELO c.x.test\nS: 250 *\nC: MAIL FROM:<a@x.test>\nS: 250 *\n";

    private static readonly InboundOptions Rules = new() { Domains = [DomainPattern.Parse("y.test")] };

    private readonly TempFolder _folder = new("access");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Recipients_of_strangers_are_refused_one_by_one()
    {
        var worlds = await ReplayAsync(
            Start + """
            C: RCPT TO:<old@y.test>
            S: 550 5.7.1 No longer in use
            C: RCPT TO:<b@y.test>
            S: 250 2.1.5 Ok
            C: MAIL FROM:<spam@z.test>
            S: 503 *
            C: RSET
            S: 250 *
            C: MAIL FROM:<spam@z.test>
            S: 250 2.1.0 Ok
            C: RCPT TO:<b@y.test>
            S: 550 5.7.1 Access denied
            """, () => NewWorld("deny recipient old@y.test No longer in use\ndeny sender z.test"), World.Untrusted);
        var line = Assert.Single(worlds[0].Log.Of("access denied"), line => Equals(line.Fields["Recipient"], "old@y.test"));
        Assert.Equal((1, _folder["list"]), ((int)line.Fields["Line"]!, (string)line.Fields["File"]!));
    }

    [Theory]
    [InlineData("127.0.0.1", "b@y.test", "250 2.1.5 Ok")]
    [InlineData("192.0.2.7", "b@y.test", "550 5.7.1 Access denied")]
    [InlineData("192.0.2.7", "b@hosted.example", "550 5.7.1 Relaying denied")]
    public async Task Trusted_clients_are_no_strangers_and_the_relay_rule_comes_first(string client, string to, string reply) =>
        await ReplayAsync(
            $"{Start}C: RCPT TO:<{to}>\nS: {reply}", () => NewWorld("deny sender *"), IPAddress.Parse(client));

    [Fact]
    public async Task An_allow_entry_does_not_permit_relaying() => await ReplayAsync(
        $"{Start}C: RCPT TO:<b@z.test>\nS: 550 5.7.1 Relaying denied", () => NewWorld("allow client 0.0.0.0/0"), World.Untrusted);

    [Theory]
    [InlineData("192.0.2.7", "550 5.7.1 Access denied")]
    [InlineData("127.0.0.1", "250 2.1.5 Ok")]
    public async Task Listeners_for_relay_check_strangers_too(string client, string reply) => await ReplayAsync(
        $"{Start}C: RCPT TO:<b@hosted.example>\nS: {reply}",
        () => NewWorld("deny client 0.0.0.0/0", service: ListenerOptions.Relay), IPAddress.Parse(client));

    [Theory]
    [InlineData("c7.dyn.test", "192.0.2.7", "550 5.7.1 Access denied")]
    [InlineData("c7.dyn.test", "192.0.2.8", "250 2.1.5 Ok")]
    [InlineData("c7.other.test", "192.0.2.7", "250 2.1.5 Ok")]
    public async Task The_name_in_the_dns_counts_if_it_has_the_address_of_the_client(string name, string address, string reply)
    {
        ZoneDns? dns = null;
        await ReplayAsync(
            $"{Start}C: RCPT TO:<b@y.test>\nS: {reply}\nC: RCPT TO:<c@y.test>\nS: {reply}",
            () => NewWorld("deny name *.dyn.test", dns = new ZoneDns().Pointer("192.0.2.7", name).Address(name, address)),
            World.Untrusted);
        Assert.Equal(["PTR 7.2.0.192.in-addr.arpa", $"A {name}"], dns!.Queries);
    }

    [Fact]
    public async Task A_name_that_the_dns_does_not_tell_matches_nothing()
    {
        await ReplayAsync(
            $"{Start}C: RCPT TO:<b@y.test>\nS: 250 2.1.5 Ok",
            () => NewWorld("deny name *", new ZoneDns().Failing("7.2.0.192.in-addr.arpa")), World.Untrusted);
        var time = new FakeTimeProvider();
        var name = ReverseName.FindAsync(
            IPAddress.Parse("192.0.2.7"), new ZoneDns().Silent("7.2.0.192.in-addr.arpa"), time, default).AsTask();
        Assert.False(name.IsCompleted);
        time.Advance(ReverseName.Budget);
        Assert.Equal("", await name);
    }

    [Fact]
    public void A_changed_file_is_read_and_an_invalid_one_leaves_the_lists()
    {
        var (time, log, list) = (new FakeTimeProvider(), new RecordingLogger(), _folder["list"]);
        File.WriteAllText(list, "deny sender x.test");
        File.WriteAllText(_folder["other"], "");
        using var files = new AccessFiles([list, _folder["other"]], time, log);
        files.Begin();
        File.WriteAllText(_folder["other"], "deny sender y.test\n\ndeny sender z.test");
        for (var i = 0; i < 3; i++) time.Advance(TimeSpan.FromMilliseconds(300));
        Assert.Equal(3, files.Current.Count);
        File.WriteAllText(list, "deny nobody");
        for (var i = 0; i < 5; i++) time.Advance(TimeSpan.FromMilliseconds(300));
        Assert.Equal(3, files.Current.Count);
        Assert.StartsWith(
            $"Inbound:AccessFiles:0 is '{list}', which cannot be used: line 1: 'nobody' is no subject",
            (string)Assert.Single(log.Of("access lists refused")).Fields["Reason"]!, StringComparison.Ordinal);
    }

    private World NewWorld(string list, ZoneDns? dns = null, string service = ListenerOptions.Inbound)
    {
        File.WriteAllText(_folder["list"], list);
        return new World(
            inbound: service == ListenerOptions.Inbound ? Rules : null, dns: dns, strangers: world => new StrangerServices(
                Rules, new AccessFiles([_folder["list"]], world.Time, world.Log), dns, world.Time, world.Log,
                new LogBudget(world.Time, 10)));
    }
}
