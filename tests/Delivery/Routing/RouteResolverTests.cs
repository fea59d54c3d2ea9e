using Postfleet.Contracts.Queueing;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Routing;
using Postfleet.Dns;
using Xunit;

namespace Postfleet.Delivery.Tests.Routing;

/// <summary>Configured routes and MX routing (RFC 5321 section 5.1, RFC 7505) with DNS in memory.</summary>
public sealed class RouteResolverTests : RouteResolverFixture
{
    [Fact]
    public async Task The_first_route_that_matches_wins()
    {
        RouteOptions[] routes = [Route("exact.example", "discard"), Route("*.example", "reject"), Route("*.test", "capture"),
            Route("*", "smtp://relay.lan:2525")];
        Assert.Equal("default|discard", (await DeliverAsync("exact.example", routes)).Destination.Value);
        Assert.Equal("default|reject", (await DeliverAsync("other.example", routes)).Destination.Value);
        Assert.Equal("default|capture", (await DeliverAsync("a.b.test", routes)).Destination.Value);
        Assert.Equal("default|relay.lan:2525", (await DeliverAsync("test", routes)).Destination.Value);
    }

    [Fact]
    public async Task A_domain_without_a_route_fails() => Assert.Equal(
        "550 5.4.4", Code((await FailAsync("example.org", [Route("*.test", "capture")])).Reply));

    [Theory]
    [InlineData("smtp://relay.lan:2525", "relay.lan", 2525)]
    [InlineData("smtp://Relay.LAN:25", "relay.lan", 25)]
    [InlineData("smtp://127.0.0.1:1025", "127.0.0.1", 1025)]
    [InlineData("smtp://[2001:DB8::1]:1025", "2001:db8::1", 1025)]
    public async Task A_smarthost_is_a_name_or_an_address_with_a_port(string to, string host, int port)
    {
        var target = await DeliverAsync("example.org", [Route("*", to)]);
        Assert.Equal((TargetKind.Smarthost, host, port), (target.Kind, Assert.Single(target.Hosts).Name, target.Port));
        Assert.True(SiteNames.Fits(target));
    }

    [Fact]
    public async Task Mx_hosts_are_ordered_by_preference_and_name()
    {
        _dns.WithMx("a.example", (20, "c.mx.example"), (10, "b.mx.example"), (10, "a.mx.example"));
        _dns.WithMx("b.example", (10, "a.mx.example"), (20, "c.mx.example"), (10, "b.mx.example"));
        var target = await DeliverAsync("a.example");
        Assert.Equal(["a.mx.example", "b.mx.example", "c.mx.example"], target.Hosts.Select(host => host.Name));
        Assert.Equal(target.Hosts, (await DeliverAsync("b.example")).Hosts);
    }

    [Fact]
    public async Task Domains_with_the_same_mx_set_share_a_destination()
    {
        _dns.WithMx("a.example", (10, "mx1.example"), (20, "mx2.example")).WithMx("b.example", (5, "mx2.example"), (7, "mx1.example"));
        Assert.Equal((await DeliverAsync("a.example")).Destination, (await DeliverAsync("b.example")).Destination);
    }

    [Fact]
    public async Task A_host_listed_twice_counts_once_with_its_best_preference()
    {
        _dns.WithMx("example.org", (30, "mx.example"), (10, "mx.example"));
        Assert.Equal([new TargetHost(10, "mx.example")], (await DeliverAsync("example.org")).Hosts);
    }

    [Fact]
    public async Task Excess_hosts_are_cut_at_the_worst_preferences()
    {
        var all = Enumerable.Range(0, 40).Select(i => (i % 20, $"mx{i:00}.example")).ToArray();
        _dns.WithMx("one.example", all).WithMx("two.example", [.. all.Reverse()]);
        var target = await DeliverAsync("one.example");
        Assert.Equal(RouteResolver.MaxHosts, target.Hosts.Count);
        Assert.All(target.Hosts, host => Assert.True(host.Preference < 5));
        Assert.Equal(target.Destination, (await DeliverAsync("two.example")).Destination);
    }

    [Fact]
    public async Task Without_an_mx_the_domain_is_its_own_host()
    {
        _dns.WithMx("example.org").WithAddresses("example.org", "192.0.2.1");
        Assert.Equal([new TargetHost(0, "example.org")], (await DeliverAsync("example.org")).Hosts);
    }

    [Fact]
    public async Task Without_mx_and_address_the_domain_fails()
    {
        _dns.WithMx("example.org").WithAddresses("example.org");
        Assert.Equal("550 5.1.2", Code((await FailAsync("example.org")).Reply));
    }

    [Fact]
    public async Task Null_mx_fails_at_once()
    {
        _dns.WithMx("example.org", (0, "")).WithAddresses("example.org", "192.0.2.1");
        Assert.Equal("556 5.1.10", Code((await FailAsync("example.org")).Reply));
    }

    [Fact]
    public async Task A_null_mx_beside_other_records_is_ignored()
    {
        _dns.WithMx("example.org", (0, ""), (10, "mx.example"));
        Assert.Equal([new TargetHost(10, "mx.example")], (await DeliverAsync("example.org")).Hosts);
    }

    [Fact]
    public async Task A_domain_that_does_not_exist_fails() => Assert.Equal("550 5.1.2", Code((await FailAsync("nowhere.example")).Reply));

    [Fact]
    public async Task A_dns_that_does_not_answer_defers()
    {
        _dns.Mx["example.org"] = new MxAnswer(DnsStatus.Failed, [], TimeSpan.Zero);
        Assert.Equal("451 4.4.3", Code(Assert.IsType<RouteDecision.Defer>(await ResolveAsync("example.org")).Reply));
    }

    [Fact]
    public async Task A_dns_that_does_not_answer_for_the_implicit_host_defers()
    {
        _dns.WithMx("example.org").Addresses["example.org"] = new AddressAnswer(DnsStatus.Failed, [], TimeSpan.Zero);
        Assert.Equal("451 4.4.3", Code(Assert.IsType<RouteDecision.Defer>(await ResolveAsync("example.org")).Reply));
    }

    [Theory]
    [InlineData("192.0.2.1")]
    [InlineData("a,b.example")]
    [InlineData("two words.example")]
    [InlineData("-.example")]
    public async Task An_mx_that_is_no_host_name_is_skipped_and_fails_if_it_is_the_only_record(string name)
    {
        _dns.WithMx("example.org", (10, name), (20, "mx.example")).WithMx("alone.example", (10, name))
            .WithAddresses("alone.example", "192.0.2.1");
        Assert.Equal([new TargetHost(20, "mx.example")], (await DeliverAsync("example.org")).Hosts);
        Assert.Equal("550 5.4.4", Code((await FailAsync("alone.example")).Reply));
    }

    [Fact]
    public async Task Mail_hosts_without_addresses_fail_at_once_and_are_named()
    {
        _dns.WithMx("example.org", (10, "gone.example"), (20, "empty.example")).Without("gone.example")
            .Without("empty.example", DnsStatus.Found);
        var reply = (await FailAsync("example.org")).Reply;
        Assert.Equal("550 5.4.4", Code(reply));
        Assert.EndsWith("gone.example, empty.example", reply.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failed_address_lookup_of_a_mail_host_does_not_fail_the_message()
    {
        _dns.WithMx("example.org", (10, "gone.example"), (20, "unknown.example")).Without("gone.example")
            .Without("unknown.example", DnsStatus.Failed);
        Assert.Equal(2, (await DeliverAsync("example.org")).Hosts.Count);
    }

    [Fact]
    public async Task A_failed_lookup_names_the_server_and_its_error()
    {
        _dns.Mx["example.org"] = new MxAnswer(DnsStatus.Failed, [], TimeSpan.Zero) { Problem = "192.0.2.53:53 says SERVFAIL" };
        Assert.Equal(
            "the MX records of example.org cannot be looked up: 192.0.2.53:53 says SERVFAIL",
            Assert.IsType<RouteDecision.Defer>(await ResolveAsync("example.org")).Reply.Text);
    }

    [Theory]
    [InlineData("[192.0.2.1]", "192.0.2.1")]
    [InlineData("[IPv6:2001:db8::1]", "2001:db8::1")]
    public async Task An_address_literal_is_its_own_host(string domain, string host) =>
        Assert.Equal([new TargetHost(0, host)], (await DeliverAsync(domain)).Hosts);
}
