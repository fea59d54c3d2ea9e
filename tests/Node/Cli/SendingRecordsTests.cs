using Microsoft.Extensions.Time.Testing;
using Postfleet.Authentication.Dkim;
using Postfleet.Delivery.Options;
using Postfleet.Node.Cli.Sending;
using Postfleet.Node.Options;
using Postfleet.Signing.Options;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Node.Tests.Cli;

/// <summary>What <c>check --dns</c> finds.</summary>
public sealed class SendingRecordsTests : IDisposable
{
    // The seed of 32 octets.
    private const string Seed = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";

    private readonly TempFolder _folder = new();
    private readonly FakeTimeProvider _time = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_sender_whose_records_agree_has_no_findings() =>
        Assert.Empty(await FindAsync(Good(), Options()));

    [Fact]
    public async Task An_empty_DNS_says_what_to_publish()
    {
        Assert.Equal(
            [
                "Sources:0: out1.example.org, the name in EHLO, has not the address 203.0.113.9; publish: "
                    + "out1.example.org. IN A 203.0.113.9",
                "Sources:0: 203.0.113.9 has no name in the DNS, and large providers refuse its mail; have the owner of the network publish "
                    + "a PTR record with out1.example.org.",
                "Sources:0: out1.example.org, the name in EHLO, has not the address 2001:db8::9; publish: "
                    + "out1.example.org. IN AAAA 2001:db8::9",
                "Sources:0: 2001:db8::9 has no name in the DNS, and large providers refuse its mail; have the owner of the network publish "
                    + "a PTR record with out1.example.org.",
                "example.org has no SPF record; publish: example.org. IN TXT \"v=spf1 ip4:203.0.113.9 ip6:2001:db8::9 -all\"",
                "example.org has no DMARC record; publish: _dmarc.example.org. IN TXT \"v=DMARC1; p=none; "
                    + "rua=mailto:postmaster@example.org\"",
                "Dkim:0:Key: the DNS has no record at s1._domainkey.example.org, so receivers cannot verify the key; publish: "
                    + $"s1._domainkey.example.org. IN TXT \"{Record()}\"",
            ],
            await FindAsync(new ZoneDns(), Options()));
    }

    [Fact]
    public async Task Records_that_disagree_are_named()
    {
        var dns = new ZoneDns().Address("out1.example.org", "203.0.113.9", "2001:db8::9")
            .Pointer("203.0.113.9", "host9.example.net").Pointer("2001:db8::9", "OUT1.example.org")
            .Text("example.org", "v=spf1 ip4:203.0.113.9 ~all").Text("_dmarc.example.org", "v=DMARC1; p=reject")
            .Text("s1._domainkey.example.org", "v=DKIM1; k=ed25519; p=AAAA");
        var found = await FindAsync(dns, Options());
        Assert.Equal(3, found.Count);
        Assert.StartsWith("Sources:0: 203.0.113.9 has the name host9.example.net in the DNS", found[0], StringComparison.Ordinal);
        Assert.Equal("the SPF record of example.org does not allow 2001:db8::9; add to it: ip6:2001:db8::9", found[1]);
        Assert.StartsWith("Dkim:0:Key: the DNS has another record at s1._domainkey.example.org", found[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_of_others_cannot_write_to_the_terminal()
    {
        var dns = new ZoneDns().Address("out1.example.org", "203.0.113.9").Pointer("203.0.113.9", "a\u001b[2Jb.example.net");
        var found = await FindAsync(dns, new PostfleetOptions { Node = new NodeOptions { Hostname = "out1.example.org" } });
        Assert.Contains(" has the name a?[2jb.example.net in the DNS", Assert.Single(found).Replace('J', 'j'), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_record_with_a_fault_is_named()
    {
        var found = await FindAsync(Good().Text("example.org", "v=spf1 -all"), Options());
        Assert.Equal("the SPF record of example.org gives permerror: example.org publishes several records", Assert.Single(found));
    }

    [Fact]
    public async Task Lookups_that_fail_are_findings_and_no_advice()
    {
        var dns = Good().Failing("out1.example.org").Failing("example.org").Failing("_dmarc.example.org")
            .Failing("s1._domainkey.example.org");
        Assert.All(await FindAsync(dns, Options()), line => Assert.DoesNotContain("publish", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_DNS_that_never_answers_ends_the_look()
    {
        var found = FindAsync(Good().Silent("_dmarc.example.org"), Options());
        await Eventually.Done(found, () => _time.Advance(TimeSpan.FromSeconds(1)), "the look ends");
        Assert.Equal(
            "the DNS has not answered everything within 20 s; the rest was not looked at", Assert.Single(await found));
    }

    [Fact]
    public async Task Addresses_behind_others_and_an_unknown_node_are_told()
    {
        var options = new PostfleetOptions
        {
            Node = new NodeOptions { Hostname = "node.example.org" },
            Sources = [new SourceOptions { Name = "a", Addresses = SourceAddresses.Parse("10.0.0.5"), Hostname = "out1.example.org" }],
        };
        var found = await FindAsync(Good(), options);
        Assert.Equal(2, found.Count);
        Assert.StartsWith("Sources:0: 10.0.0.5 is not seen on the Internet", found[0], StringComparison.Ordinal);
        Assert.StartsWith("Routes:1: node.example.org, the name in EHLO, has no address", found[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_without_configured_addresses_is_looked_at_by_its_name()
    {
        var options = new PostfleetOptions { Node = new NodeOptions { Hostname = "out1.example.org" } };
        Assert.Empty(await FindAsync(Good(), options));
        var found = await FindAsync(new ZoneDns().Address("out1.example.org", "203.0.113.9"), options);
        Assert.StartsWith("Routes:1: 203.0.113.9 has no name", Assert.Single(found), StringComparison.Ordinal);
    }

    private Task<IReadOnlyList<string>> FindAsync(ZoneDns dns, PostfleetOptions options) =>
        new SendingRecords(dns, _time).FindAsync(options, _folder.FullPath, default);

    private static string Record()
    {
        Assert.True(DkimPrivateKey.TryRead(Seed, out var key, out _));
        using (key) return key.Record;
    }

    private static ZoneDns Good() => new ZoneDns().Address("out1.example.org", "203.0.113.9", "2001:db8::9")
        .Pointer("203.0.113.9", "out1.example.org").Pointer("2001:db8::9", "out1.example.org")
        .Text("example.org", "v=spf1 a:out1.example.org -all").Text("_dmarc.example.org", "v=DMARC1; p=reject")
        .Text("s1._domainkey.example.org", Record());

    private PostfleetOptions Options()
    {
        File.WriteAllText(_folder["key"], Seed);
        return new PostfleetOptions
        {
            Routes = [new RouteOptions { Domain = Core.Mail.DomainPattern.Parse("*"), Source = RouteSource.Parse("out1") }],
            Sources =
            [
                new SourceOptions
                {
                    Name = "out1", Addresses = SourceAddresses.Parse("203.0.113.9, 2001:db8::9"), Hostname = "out1.example.org",
                },
            ],
            Dkim = [new DkimKeyOptions { Domain = "example.org", Selector = "s1", Key = "key" }],
        };
    }
}
