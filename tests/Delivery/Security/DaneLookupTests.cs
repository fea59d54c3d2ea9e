using System.Net;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Security;
using Postfleet.Dns;
using Postfleet.Testing;
using Postfleet.Testing.Fakes;
using Xunit;
using static Postfleet.Delivery.Tests.Security.FakeDnssec;

namespace Postfleet.Delivery.Tests.Security;

/// <summary>
/// The security of MX records, aliases, addresses and TLSA records counts by itself (RFC 7672 section 2.2), and no failed lookup opens the
/// way for mail in the clear.
/// </summary>
public sealed class DaneLookupTests
{
    private static readonly TlsaAssociation Good = new(3, 1, 1, [.. new byte[32]]);

    private readonly FakeDnssec _dns = new();
    private readonly FakeTimeProvider _time = new();
    private readonly LogCollector _log = new();
    private bool _isOn = true;

    public DaneLookupTests()
    {
        _dns.Exchangers["a.test"] = Answer(true, new MailExchanger(10, "mx.a.test"));
        _dns.Addresses["mx.a.test"] = Answer(true, IPAddress.Loopback);
        _dns.Associations["_25._tcp.mx.a.test"] = Answer(true, Good);
    }

    [Fact]
    public async Task Without_a_trusted_server_mail_goes_as_without_DANE_and_the_log_says_so()
    {
        (_dns.HasServers, _dns.Problem) = (false, "no DNS server is configured that may be asked");
        _isOn = false;
        var lookup = NewLookup();
        lookup.Begin();
        // A reload turns it on.
        _isOn = true;
        Assert.Null(await lookup.FindAsync("a.test", default));
        Assert.Empty(_dns.Asked);
        await Eventually.True(
            () => _log.Lines.Any(line => line.Name == "dane without validation"), TimeSpan.FromSeconds(30), "the log tells it");
    }

    [Theory]
    [InlineData("signed", "Authenticate mx.a.test")]
    [InlineData("MX insecure", "no policy")]
    [InlineData("MX failed", "Unknown: the MX records of a.test cannot be looked up: 192.0.2.53:53 says SERVFAIL")]
    [InlineData("MX other", "Unknown: mx.a.test is not in the signed MX records of a.test")]
    [InlineData("A insecure", "None")]
    [InlineData("A failed", "Unknown: the address of mx.a.test cannot be looked up: 192.0.2.53:53 says SERVFAIL")]
    [InlineData("TLSA insecure", "None")]
    [InlineData("TLSA denied", "None")]
    [InlineData("TLSA failed", "Unknown: the TLSA records of mx.a.test cannot be looked up: 192.0.2.53:53 says SERVFAIL")]
    [InlineData("TLSA unusable", "Encrypt mx.a.test")]
    public async Task Each_answer_must_be_validated(string state, string expected)
    {
        switch (state)
        {
            case "MX insecure": _dns.Exchangers["a.test"] = Answer(false, new MailExchanger(10, "mx.a.test")); break;
            case "MX failed": _dns.Exchangers["a.test"] = Failed<MailExchanger>(); break;
            case "MX other": _dns.Exchangers["a.test"] = Answer(true, new MailExchanger(10, "mx.b.test")); break;
            case "A insecure": _dns.Addresses["mx.a.test"] = Answer(false, IPAddress.Loopback); break;
            case "A failed": _dns.Addresses["mx.a.test"] = Failed<IPAddress>(); break;
            case "TLSA insecure": _dns.Associations["_25._tcp.mx.a.test"] = Answer(false, Good); break;
            case "TLSA denied": _dns.Associations.Clear(); break;
            case "TLSA failed": _dns.Associations["_25._tcp.mx.a.test"] = Failed<TlsaAssociation>(); break;
            case "TLSA unusable": _dns.Associations["_25._tcp.mx.a.test"] = Answer(true, Good with { Usage = 1 }); break;
        }

        Assert.Equal(expected, await FindAsync());
        // Servers of zones that are not signed may not answer queries for TLSA records.
        if (state.StartsWith("A ", StringComparison.Ordinal)) Assert.DoesNotContain("TLSA _25._tcp.mx.a.test", _dns.Asked);
    }

    [Theory]
    [InlineData("signed", "both", "Authenticate end.b.test")]
    [InlineData("signed", "host", "Authenticate mx.a.test")]
    [InlineData("signed", "failed", "Unknown: the TLSA records of end.b.test cannot be looked up: 192.0.2.53:53 says SERVFAIL")]
    [InlineData("alias signed", "both", "Authenticate mx.a.test")]
    [InlineData("alias insecure", "both", "None")]
    [InlineData("alias failed", "both", "Unknown: the alias of mx.a.test cannot be looked up: 192.0.2.53:53 says SERVFAIL")]
    public async Task Records_of_an_alias_may_be_at_its_end_or_at_its_begin(string state, string records, string expected)
    {
        _dns.Addresses["mx.a.test"] = Answer(state == "signed", IPAddress.Loopback) with { CanonicalName = "end.b.test" };
        _dns.Aliases["mx.a.test"] = state == "alias failed" ? Failed<string>() : Answer(state == "alias signed", "end.b.test");
        if (records == "both") _dns.Associations["_25._tcp.end.b.test"] = Answer(true, Good);
        if (records == "failed") _dns.Associations["_25._tcp.end.b.test"] = Failed<TlsaAssociation>();
        Assert.Equal(expected, await FindAsync());
        if (expected != "Authenticate end.b.test") return;
        var names = (await NewLookup().FindAsync((await NewLookup().FindAsync("a.test", default))!, "mx.a.test", default)).Names;
        Assert.Equal(["end.b.test", "mx.a.test", "a.test"], names.ToArray());
    }

    /// <summary>The owner of a zone chooses the end of its alias.</summary>
    [Theory]
    [InlineData("a b.test")]
    [InlineData("192.0.2.1")]
    [InlineData("*.test")]
    [InlineData("")]
    public async Task The_end_of_an_alias_that_is_no_name_of_a_host_is_not_used(string end)
    {
        _dns.Addresses["mx.a.test"] = Answer(true, IPAddress.Loopback) with { CanonicalName = end };
        _dns.Associations[$"_25._tcp.{end}"] = Answer(true, Good);
        Assert.Equal("Authenticate mx.a.test", await FindAsync());
    }

    [Theory]
    [InlineData(true, "Authenticate a.test")]
    [InlineData(false, "no policy")]
    public async Task A_domain_without_MX_records_is_its_own_host(bool isSigned, string expected)
    {
        _dns.Exchangers["a.test"] = Denied<MailExchanger>(isSigned);
        _dns.Addresses["a.test"] = Answer(true, IPAddress.Loopback);
        _dns.Associations["_25._tcp.a.test"] = Answer(true, Good);
        Assert.Equal(expected, await FindAsync("a.test"));
    }

    [Fact]
    public async Task An_answer_is_used_for_a_short_time()
    {
        var lookup = NewLookup();
        await FindAsync("mx.a.test", lookup);
        await FindAsync("mx.a.test", lookup);
        Assert.Equal(3, _dns.Asked.Count);
        _dns.Associations["_25._tcp.mx.a.test"] = Failed<TlsaAssociation>();
        _time.Advance(DaneLookup.MemoryLife);
        Assert.StartsWith("Unknown", await FindAsync("mx.a.test", lookup), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_off_asks_nobody()
    {
        _isOn = false;
        var lookup = NewLookup();
        lookup.Begin();
        Assert.Equal("no policy", await FindAsync("mx.a.test", lookup));
        Assert.Null(await lookup.DescribeAsync("a.test", default));
        Assert.Empty(_dns.Asked);
    }

    [Fact]
    public async Task A_resolver_that_does_not_validate_is_told_once()
    {
        _dns.Problem = "the DNS servers answer without the bit AD";
        var lookup = NewLookup();
        for (var i = 0; i < 3; i++) lookup.Begin();
        await Eventually.True(
            () => _log.Lines.Count(line => line.Name == "dane without validation") == 1, TimeSpan.FromSeconds(30), "the log tells it");
    }

    [Theory]
    [InlineData("enforce", "mx.a.test")]
    [InlineData("encrypt", "mx.a.test")]
    [InlineData("unknown", "mx.a.test")]
    [InlineData(null, "")]
    public async Task The_policy_can_be_shown(string? mode, string host)
    {
        if (mode == "encrypt") _dns.Associations["_25._tcp.mx.a.test"] = Answer(true, Good with { Usage = 0 });
        if (mode == "unknown") _dns.Associations["_25._tcp.mx.a.test"] = Failed<TlsaAssociation>();
        if (mode is null) _dns.Associations.Clear();
        var shown = await NewLookup().DescribeAsync("a.test", default);
        Assert.Equal((mode, host), (shown?.Mode, shown?.Hosts[0] ?? ""));
        Assert.Equal(mode is null ? null : "dane", shown?.Source);
    }

    private DaneLookup NewLookup() =>
        new(() => new DeliveryOptions { Tls = new DeliveryTlsOptions { Dane = _isOn } }, _dns, _time, _log);

    private async Task<string> FindAsync(string host = "mx.a.test", DaneLookup? lookup = null)
    {
        lookup ??= NewLookup();
        if (await lookup.FindAsync("a.test", default) is not { } domain) return "no policy";
        var found = await lookup.FindAsync(domain, host, default);
        return found.State == DaneState.Unknown ? $"Unknown: {found.Problem}" : $"{found.State} {found.Base}".TrimEnd();
    }
}
