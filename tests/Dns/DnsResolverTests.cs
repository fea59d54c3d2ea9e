using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Dns.Options;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Dns.Tests;

/// <summary>Queries against a real DNS server over UDP and TCP.</summary>
public sealed class DnsResolverTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _time = new();
    private Dnsmasq _server = null!;
    private DnsResolver _dns = null!;

    private static DnsRecords Records => new DnsRecords()
        .Mx("example.org", "MX1.example.org", 10).Mx("example.org", "mx2.example.org", 20)
        .Address("mx1.example.org", "127.0.0.1").Address("mx1.example.org", "127.0.0.2").Address("mx1.example.org", "::1")
        .Address("only-address.example", "127.0.0.3").Address("v6.example", "::1")
        .Alias("alias.example", "only-address.example").NullMx("null.example")
        .Failing("broken.example").Silent("silent.example")
        // bücher.example, münchen.example, and straße.example
        .Mx("xn--bcher-kva.example", "mx1.xn--bcher-kva.example", 10).Mx("xn--bcher-kva.example", "MX.xn--mnchen-3ya.example", 20)
        .Address("mx1.xn--bcher-kva.example", "127.0.0.4").Address("mx1.xn--bcher-kva.example", "::1")
        .Mx("ascii.example", "mx1.xn--bcher-kva.example", 10)
        .Address("address.xn--bcher-kva.example", "127.0.0.3").Alias("alias.xn--bcher-kva.example", "address.xn--bcher-kva.example")
        .NullMx("xn--strae-oqa.example");

    public async Task InitializeAsync()
    {
        _server = await Dnsmasq.StartAsync(Records);
        _dns = Client(TimeSpan.FromSeconds(5));
    }

    public async Task DisposeAsync()
    {
        _dns.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task Mx_records_are_read_with_their_preferences_in_lower_case()
    {
        var answer = await MxAsync("example.org");
        Assert.Equal([new MailExchanger(10, "mx1.example.org"), new MailExchanger(20, "mx2.example.org")], answer.Records.ToArray());
        Assert.Equal(DnsStatus.Found, answer.Status);
    }

    [Fact]
    public async Task Addresses_are_read_by_family()
    {
        Assert.Equal(
            ["127.0.0.1", "127.0.0.2"],
            (await AddressesAsync("mx1.example.org")).Records.Select(address => address.ToString()).Order(StringComparer.Ordinal));
        Assert.Equal([IPAddress.IPv6Loopback], (await AddressesAsync("mx1.example.org", AddressFamily.InterNetworkV6)).Records.ToArray());
        Assert.Equal(DnsStatus.NoData, (await AddressesAsync("v6.example")).Status);
    }

    [Theory]
    [InlineData("xn--bcher-kva.example", "mx1.xn--bcher-kva.example", "mx.xn--mnchen-3ya.example")]
    [InlineData("ascii.example", "mx1.xn--bcher-kva.example")]
    public async Task Internationalised_names_are_read_as_A_labels(string domain, params string[] hosts) =>
        Assert.Equal(hosts, (await MxAsync(domain)).Records.Select(host => host.Host));

    [Fact]
    public async Task Addresses_and_aliases_of_internationalised_names_are_read()
    {
        Assert.Equal([IPAddress.Parse("127.0.0.4")], (await AddressesAsync("mx1.xn--bcher-kva.example")).Records.ToArray());
        Assert.Equal(
            [IPAddress.IPv6Loopback], (await AddressesAsync("mx1.xn--bcher-kva.example", AddressFamily.InterNetworkV6)).Records.ToArray());
        Assert.Equal([IPAddress.Parse("127.0.0.3")], (await AddressesAsync("alias.xn--bcher-kva.example")).Records.ToArray());
    }

    [Fact]
    public async Task Null_mx_of_an_internationalised_name_is_one_host_without_a_name() =>
        Assert.Equal([new MailExchanger(0, "")], (await MxAsync("xn--strae-oqa.example")).Records.ToArray());

    [Fact]
    public async Task A_server_that_does_not_answer_is_asked_after_the_others_for_a_minute()
    {
        using var dead = new DnsResponder(_ => []);
        using var dns = new DnsResolver(
            new DnsOptions { Servers = [dead.EndPoint, _server.EndPoint], Timeout = TimeSpan.FromMilliseconds(300) },
            _time,
            NullLogger.Instance);
        Assert.Equal(DnsStatus.Found, (await dns.PreferencesAsync("example.org", CancellationToken.None)).Status);
        var asked = dead.Queries.Count;
        Assert.NotEqual(0, asked);
        Assert.Equal(DnsStatus.Found, (await dns.PreferencesAsync("ascii.example", CancellationToken.None)).Status);
        Assert.Equal(
            DnsStatus.Found, (await dns.AddressesAsync("mx1.example.org", AddressFamily.InterNetwork, CancellationToken.None)).Status);
        Assert.Equal(asked, dead.Queries.Count);
        _time.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(DnsStatus.NoData, (await dns.PreferencesAsync("only-address.example", CancellationToken.None)).Status);
        Assert.NotEqual(asked, dead.Queries.Count);
    }

    [Fact]
    public async Task A_refusing_server_is_skipped_and_its_response_code_is_reported()
    {
        using var refusing = new DnsResponder(query => [query.Reply([], code: 5)]);
        using var dns = new DnsResolver(
            new DnsOptions { Servers = [refusing.EndPoint, _server.EndPoint] }, _time, NullLogger.Instance);
        Assert.Equal(DnsStatus.Found, (await dns.PreferencesAsync("example.org", CancellationToken.None)).Status);
        using var alone = new DnsResolver(new DnsOptions { Servers = [refusing.EndPoint] }, _time, NullLogger.Instance);
        Assert.Equal($"{refusing.EndPoint} says REFUSED", (await alone.PreferencesAsync("example.org", CancellationToken.None)).Problem);
    }

    [Fact]
    public async Task An_alias_is_followed() =>
        Assert.Equal([IPAddress.Parse("127.0.0.3")], (await AddressesAsync("alias.example")).Records.ToArray());

    [Fact]
    public async Task Null_mx_is_one_host_without_a_name() =>
        Assert.Equal([new MailExchanger(0, "")], (await MxAsync("null.example")).Records.ToArray());

    [Fact]
    public async Task A_name_without_mx_has_an_empty_answer()
    {
        var answer = await MxAsync("only-address.example");
        Assert.Equal(DnsStatus.NoData, answer.Status);
        Assert.Empty(answer.Records);
    }

    [Fact]
    public async Task A_nonexistent_name_is_distinguished_from_a_server_failure()
    {
        Assert.Equal(DnsStatus.NameNotFound, (await MxAsync("nowhere.example")).Status);
        Assert.Equal(DnsStatus.NameNotFound, (await AddressesAsync("nowhere.example")).Status);
        Assert.Equal(DnsStatus.Failed, (await MxAsync("x.broken.example")).Status);
        Assert.Equal(DnsStatus.Failed, (await AddressesAsync("x.broken.example")).Status);
    }

    [Fact]
    public async Task A_silent_server_fails_after_the_timeout()
    {
        using var dns = Client(TimeSpan.FromMilliseconds(200));
        var clock = Stopwatch.StartNew();
        Assert.Equal(DnsStatus.Failed, (await dns.PreferencesAsync("x.silent.example", CancellationToken.None)).Status);
        Assert.InRange(clock.Elapsed, TimeSpan.FromMilliseconds(150), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task An_unreachable_server_fails_and_is_queried_again_soon()
    {
        using var dns = Client(TimeSpan.FromMilliseconds(500));
        await _server.StopAsync();
        Assert.Equal(DnsStatus.Failed, (await dns.PreferencesAsync("example.org", CancellationToken.None)).Status);
        await _server.ReplaceAsync(Records);
        Assert.Equal(DnsStatus.Failed, (await dns.PreferencesAsync("example.org", CancellationToken.None)).Status);
        _time.Advance(TimeSpan.FromSeconds(6));
        Assert.Equal(DnsStatus.Found, (await dns.PreferencesAsync("example.org", CancellationToken.None)).Status);
    }

    [Fact]
    public async Task An_answer_too_large_for_udp_is_read_over_tcp()
    {
        var records = new DnsRecords();
        for (var i = 0; i < 49; i++) records.Mx("big.example", $"{new string('m', 60)}.{new string('x', 60)}.host{i:00}.example", i);
        await _server.ReplaceAsync(records);
        Assert.Equal(Enumerable.Range(0, 49), (await MxAsync("big.example")).Records.Select(host => host.Preference));
    }

    [Fact]
    public async Task Answers_are_cached_for_their_time_to_live()
    {
        Assert.Equal(DnsStatus.NameNotFound, (await MxAsync("new.example")).Status);
        await _server.ReplaceAsync(new DnsRecords().Mx("new.example", "mx.new.example"));
        Assert.Equal(DnsStatus.NameNotFound, (await MxAsync("new.example")).Status);
        _time.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal([new MailExchanger(10, "mx.new.example")], (await MxAsync("new.example")).Records.ToArray());
    }

    private DnsResolver Client(TimeSpan timeout) => new(
        new DnsOptions { Servers = [_server.EndPoint], Timeout = timeout }, _time, NullLogger.Instance);

    private ValueTask<DnsAnswer<MailExchanger>> MxAsync(string domain) => _dns.PreferencesAsync(domain, CancellationToken.None);

    private ValueTask<DnsAnswer<IPAddress>> AddressesAsync(string host, AddressFamily family = AddressFamily.InterNetwork) =>
        _dns.AddressesAsync(host, family, CancellationToken.None);
}
