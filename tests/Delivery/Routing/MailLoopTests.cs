using Postfleet.Contracts.Queueing;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Routing;
using Xunit;

namespace Postfleet.Delivery.Tests.Routing;

/// <summary>MX records that lead back to this cluster (RFC 5321 section 5.1).</summary>
public sealed class MailLoopTests : RouteResolverFixture
{
    [Fact]
    public async Task A_domain_whose_best_mx_is_this_node_is_a_loop()
    {
        _dns.WithMx("example.org", (10, "mail.here.example"), (20, "backup.example"));
        Assert.Equal("554 5.4.6", Code((await FailAsync("example.org")).Reply));
    }

    [Fact]
    public async Task A_backup_mx_tries_only_better_hosts()
    {
        _dns.WithMx("example.org", (10, "best.example"), (20, "mail.here.example"), (20, "equal.example"), (30, "worse.example"));
        Assert.Equal([new TargetHost(10, "best.example")], (await DeliverAsync("example.org")).Hosts);
    }

    [Fact]
    public async Task Another_node_of_the_cluster_is_detected_as_a_loop()
    {
        _dns.WithMx("example.org", (10, "other.here.example"), (20, "backup.example"));
        var reply = (await FailAsync("example.org")).Reply;
        Assert.Equal("554 5.4.6", Code(reply));
        Assert.Contains("other.here.example", reply.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.1.2.3")]
    [InlineData("::1")]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("198.51.100.1")]
    [InlineData("198.51.100.2")]
    public async Task Hosts_whose_addresses_lead_here_are_a_loop_that_fails_at_once(string address)
    {
        _dns.WithMx("example.org", (10, "trap.example"), (20, "nowhere.example")).WithAddresses("trap.example", address)
            .Without("nowhere.example");
        _dns.WithMx("bare.example").WithAddresses("bare.example", address);
        Assert.Equal("554 5.4.6", Code((await FailAsync("example.org")).Reply));
        Assert.Equal("554 5.4.6", Code((await FailAsync("bare.example")).Reply));
    }

    [Theory]
    [InlineData("198.51.100.1", 10)]
    [InlineData("198.51.100.2", 10)]
    [InlineData("198.51.100.2", 20)]
    public async Task A_host_at_the_address_of_a_node_excludes_hosts_of_equal_and_worse_preference(string address, int other)
    {
        _dns.WithMx("example.org", (10, "mx.example"), (other, "a.example")).WithAddresses("mx.example", address)
            .WithAddresses("a.example", "192.0.2.7");
        Assert.Equal("554 5.4.6", Code((await FailAsync("example.org")).Reply));
    }

    [Fact]
    public async Task A_host_whose_addresses_lead_here_does_not_exclude_better_hosts()
    {
        _dns.WithMx("example.org", (10, "trap.example"), (20, "mx.example")).WithAddresses("trap.example", "127.0.0.1");
        Assert.Equal(2, (await DeliverAsync("example.org")).Hosts.Count);
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("a.localhost")]
    [InlineData("[127.0.0.1]")]
    [InlineData("[0.0.0.0]")]
    [InlineData("[IPv6:::1]")]
    [InlineData("[IPv6:::ffff:127.0.0.1]")]
    [InlineData("[198.51.100.1]")]
    public async Task A_domain_of_this_machine_is_a_loop_that_fails_at_once(string domain) =>
        Assert.Equal("554 5.4.6", Code((await FailAsync(domain)).Reply));

    [Fact]
    public async Task Another_port_of_an_own_address_is_another_server()
    {
        Assert.True(DomainName.TryParse("[198.51.100.1]", out var name));
        RouteOptions[] routes = [new RouteOptions { Domain = DomainPattern.All }];
        var resolver = new RouteResolver(routes, new EgressTable(routes, []), new DeliveryOptions { Port = 2525 }, Own, _dns);
        var queue = QueueKey.For(QueueKey.DefaultStream, name);
        Assert.IsType<RouteDecision.Deliver>(await resolver.ResolveAsync(queue, CancellationToken.None));
    }
}
