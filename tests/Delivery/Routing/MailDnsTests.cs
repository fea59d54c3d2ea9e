using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Contracts.Queueing;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Routing;
using Postfleet.Dns;
using Postfleet.Dns.Options;
using Postfleet.Testing;
using Xunit;
using static Postfleet.Testing.DnsQuery;

namespace Postfleet.Delivery.Tests.Routing;

/// <summary>The queries of mail routing, over the resolver.</summary>
public sealed class MailDnsTests
{
    private const int V6 = 28;

    [Fact]
    public async Task Addresses_of_both_families_are_read()
    {
        using var server = new DnsResponder(
            query => [query.Reply(query.Type == V6 ? [Address("2001:db8::1", ttl: 60)] : [Address("192.0.2.1", ttl: 600)])]);
        using var resolver = Resolver(server);
        var answer = await new MailDns(resolver).FindAddressesAsync("mx.example.org", CancellationToken.None);
        Assert.Equal(DnsStatus.Found, answer.Status);
        Assert.Equal([IPAddress.Parse("192.0.2.1"), IPAddress.Parse("2001:db8::1")], answer.Addresses);
        Assert.Equal(TimeSpan.FromSeconds(60), answer.Ttl);
    }

    [Theory]
    [InlineData(0, DnsStatus.Found)]
    [InlineData(2, DnsStatus.Found)]
    public async Task One_address_family_is_enough(int code, DnsStatus status)
    {
        using var server = new DnsResponder(
            query => [query.Type == V6 ? query.Reply([], code: code) : query.Reply([Address("192.0.2.1")])]);
        using var resolver = Resolver(server);
        var answer = await new MailDns(resolver).FindAddressesAsync("mx.example.org", CancellationToken.None);
        Assert.Equal((status, IPAddress.Parse("192.0.2.1")), (answer.Status, Assert.Single(answer.Addresses)));
    }

    [Fact]
    public async Task A_failure_for_one_family_without_addresses_of_the_other_is_a_failure()
    {
        using var server = new DnsResponder(query => [query.Reply([], code: query.Type == V6 ? 2 : 0)]);
        using var resolver = Resolver(server);
        var answer = await new MailDns(resolver).FindAddressesAsync("mx.example.org", CancellationToken.None);
        Assert.Equal((DnsStatus.Failed, $"{server.EndPoint} says SERVFAIL"), (answer.Status, answer.Problem));
    }

    [Fact]
    public async Task Addresses_beyond_the_limit_are_ignored()
    {
        using var server = new DnsResponder(query => [query.Reply(
            query.Type == V6 ? [] : [.. Enumerable.Range(0, 50).Select(i => Address($"192.0.2.{i}"))])]);
        using var resolver = Resolver(server);
        var answer = await new MailDns(resolver).FindAddressesAsync("mx.example.org", CancellationToken.None);
        Assert.Equal(MailDns.MaxAddresses, answer.Addresses.Count);
    }

    [Fact]
    public async Task A_host_name_with_invalid_octets_is_not_connected_to()
    {
        using var server = new DnsResponder(
            query => [query.Reply([Mx(10, "a\r\nb.example"), Mx(20, "\u00ff\u00fe.example"), Mx(30, "a b.example")])]);
        using var dns = Resolver(server);
        RouteOptions[] routes = [new RouteOptions { Domain = DomainPattern.Parse("*"), To = RouteTarget.Parse("mx") }];
        var own = new MailLoopDetector("us.example", [], allowsLoopback: true, () => [], () => []);
        var resolver = new RouteResolver(routes, new EgressTable(routes, []), new DeliveryOptions(), own, new MailDns(dns));
        var decision = await resolver.ResolveAsync(QueueKey.FromTrusted("default:example.org"), CancellationToken.None);
        Assert.Equal("5.4.4", Assert.IsType<RouteDecision.Fail>(decision).Reply.Status.ToString());
    }

    private static DnsResolver Resolver(DnsResponder server) =>
        new(new DnsOptions { Servers = [server.EndPoint] }, new FakeTimeProvider(), NullLogger.Instance);
}
