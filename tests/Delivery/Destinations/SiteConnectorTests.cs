using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Destinations;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Routing;
using Postfleet.Delivery.Smtp;
using Postfleet.Delivery.Tests.Routing;
using Postfleet.Dns;
using Postfleet.Testing.Fakes;
using Xunit;

namespace Postfleet.Delivery.Tests.Destinations;

/// <summary>Which hosts and addresses a connection tries, in which order.</summary>
public sealed class SiteConnectorTests : IHostConnector
{
    private readonly FakeDns _dns = new();
    private readonly FakeTimeProvider _time = new();
    private readonly Random _random = new(1);
    private readonly HashSet<string> _alive = [];
    private readonly MailLoopDetector _own = new(
        "us.example", [IPEndPoint.Parse("198.51.100.1:25")], allowsLoopback: false, () => [], () => []);
    private readonly List<(string Host, string Address)> _tried = [];
    private SiteConnector? _connector;

    [Fact]
    public async Task The_best_host_is_tried_first_and_the_next_when_it_does_not_answer()
    {
        Hosts("best", "second", "last");
        _alive.Add("second");
        var connected = Assert.IsType<ConnectResult.Connected>(await ConnectAsync(Target((10, "best"), (20, "second"), (30, "last"))));
        Assert.Equal("second", connected.Connection.RemoteHost);
        Assert.Equal(["best", "second"], Tried);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("198.51.100.1")]
    public async Task An_mx_on_an_address_of_this_machine_is_never_connected_to(string address)
    {
        _dns.WithAddresses("trap", address);
        _alive.Add("trap");
        var refused = Assert.IsType<ConnectResult.Refused>(await ConnectAsync(Target((10, "trap"))));
        Assert.Contains("trap", refused.Reply.Text, StringComparison.Ordinal);
        Assert.Empty(Tried);
    }

    [Fact]
    public async Task Hosts_that_are_equal_to_a_node_or_worse_are_never_connected_to()
    {
        Hosts("best", "equal", "worse");
        _dns.WithAddresses("us", "198.51.100.1");
        _alive.UnionWith(["equal", "worse"]);
        var refused = Assert.IsType<ConnectResult.Refused>(
            await ConnectAsync(Target((10, "best"), (20, "us"), (20, "equal"), (30, "worse"))));
        Assert.Equal("best is dead", refused.Reply.Text);
        Assert.Equal(["best"], Tried);
    }

    [Fact]
    public async Task Hosts_of_one_preference_share_the_load()
    {
        Hosts("a", "b", "c");
        _alive.UnionWith(["a", "b", "c"]);
        for (var i = 0; i < 300; i++) await ConnectAsync(Target((10, "a"), (10, "b"), (20, "c")));
        Assert.InRange(Tried.Count(host => host == "a"), 100, 200);
        Assert.DoesNotContain("c", Tried);
    }

    [Fact]
    public async Task All_reasons_are_reported_when_no_host_answers()
    {
        Hosts("a", "b");
        var refused = Assert.IsType<ConnectResult.Refused>(await ConnectAsync(Target((10, "a"), (20, "b"))));
        Assert.Equal("a is dead; b is dead", refused.Reply.Text);
        Assert.True(refused.Reply.IsTransient);
    }

    [Fact]
    public async Task The_problem_of_the_dns_is_reported_when_it_fails_for_the_hosts()
    {
        _dns.Without("a").Without("b", DnsStatus.Failed);
        var refused = Assert.IsType<ConnectResult.Refused>(await ConnectAsync(Target((10, "a"), (20, "b"))));
        Assert.Equal("451 4.4.3 the address of b cannot be looked up: 192.0.2.53 says SERVFAIL", refused.Reply.ToString());
    }

    [Fact]
    public async Task Hosts_without_an_address_are_passed_over_and_alone_they_defer()
    {
        Hosts("b");
        _alive.Add("b");
        Assert.IsType<ConnectResult.Connected>(await ConnectAsync(Target((10, "ghost"), (20, "b"))));
        var refused = Assert.IsType<ConnectResult.Refused>(await ConnectAsync(Target((10, "ghost"))));
        Assert.Equal("4.4.4", refused.Reply.Status.ToString());
    }

    [Fact]
    public async Task A_dead_host_is_tried_last_for_a_while()
    {
        Hosts("best", "second");
        _alive.Add("second");
        var target = Target((10, "best"), (20, "second"));
        await ConnectAsync(target);
        await ConnectAsync(target);
        Assert.Equal(["best", "second", "second"], Tried);
        _time.Advance(TimeSpan.FromMinutes(2));
        _alive.Add("best");
        await ConnectAsync(target);
        Assert.Equal("best", Tried[^1]);
    }

    [Fact]
    public async Task A_slow_address_that_was_given_up_is_tried_last_for_a_while()
    {
        Hosts("slow", "second");
        _alive.Add("second");
        var target = Target((10, "slow"), (20, "second"));
        await Assert.ThrowsAsync<OperationCanceledException>(() => ConnectAsync(target).AsTask());
        await ConnectAsync(target);
        Assert.Equal(["slow", "second"], Tried);
    }

    [Fact]
    public async Task A_best_host_with_many_dead_addresses_does_not_hide_the_others()
    {
        _dns.WithAddresses("best", [.. Enumerable.Range(1, 20).Select(i => $"192.0.2.{i}")]).WithAddresses("second", "203.0.113.1");
        _alive.Add("second");
        Assert.IsType<ConnectResult.Connected>(await ConnectAsync(Target((10, "best"), (20, "second"))));
        Assert.Equal(SiteConnector.MaxAddressesPerHost, Tried.Count(host => host == "best"));
    }

    [Fact]
    public async Task Not_more_addresses_are_tried_than_the_limit_and_the_rest_comes_next_time()
    {
        var hosts = Enumerable.Range(0, 6).Select(i => $"mx{i}").ToArray();
        for (var i = 0; i < 6; i++) _dns.WithAddresses(hosts[i], [.. Enumerable.Range(1, 5).Select(n => $"192.0.{i}.{n}")]);
        var target = Target([.. hosts.Select((host, i) => (i, host))]);
        Assert.IsType<ConnectResult.Refused>(await ConnectAsync(target));
        Assert.Equal(SiteConnector.MaxAddresses, _tried.Count);
        _alive.Add("mx5");
        for (var i = 0; i < 2; i++) await ConnectAsync(target);
        Assert.Equal("mx5", Tried[^1]);
        Assert.Equal(26, _tried.Distinct().Count());
    }

    [Fact]
    public async Task Both_address_families_take_turns()
    {
        _dns.WithAddresses("dual", "192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2");
        await ConnectAsync(Target((10, "dual")));
        Assert.Equal([true, false, true, false], _tried.Select(tried => tried.Address.Contains(':', StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Addresses_and_localhost_need_no_dns()
    {
        _alive.UnionWith(["192.0.2.7", "localhost"]);
        await ConnectAsync(Target((0, "192.0.2.7")));
        TargetHost[] here = [new TargetHost(0, "localhost")];
        await ConnectAsync(new DeliveryTarget(SiteNames.For(here, 25), TargetKind.Smarthost, here, 25));
        Assert.Equal([("192.0.2.7", "192.0.2.7"), ("localhost", "127.0.0.1")], _tried);
    }

    [Fact]
    public async Task Hosts_are_tried_by_the_address_family_of_a_configured_source_alone()
    {
        Routes = [new RouteOptions { Source = RouteSource.Parse("127.0.0.9") }];
        _dns.WithAddresses("dual", "192.0.2.1", "2001:db8::1");
        TargetHost[] hosts = [new TargetHost(10, "dual")];
        await ConnectAsync(new DeliveryTarget(SiteNames.For(hosts, 25, "127.0.0.9"), TargetKind.Mx, hosts, 25));
        Assert.Equal([("dual", "192.0.2.1")], _tried);
    }

    [Fact]
    public async Task A_route_that_this_node_does_not_have_defers()
    {
        TargetHost[] hosts = [new TargetHost(10, "best")];
        Hosts("best");
        var refused = await ConnectAsync(new DeliveryTarget(SiteNames.For(hosts, 25, "tls-verify"), TargetKind.Mx, hosts, 25));
        Assert.Equal("4.3.5", Assert.IsType<ConnectResult.Refused>(refused).Reply.Status.ToString());
        Assert.Empty(_tried);
    }

    [Fact]
    public async Task A_socket_in_the_file_system_is_connected_to_as_such()
    {
        Routes = [new RouteOptions { To = RouteTarget.Parse("lmtp:///run/lmtp") }];
        TargetHost[] hosts = [new TargetHost(0, "/run/lmtp")];
        await ConnectAsync(
            new DeliveryTarget(SiteNames.For(hosts, 0, new EgressTable(Routes, []).NameOf(0)), TargetKind.Smarthost, hosts, 0));
        Assert.Equal([("/run/lmtp", "/run/lmtp")], _tried);
    }

    [Fact]
    public async Task A_smarthost_that_only_the_machine_knows_is_found()
    {
        // "localhost.localdomain" and the machine's own name stand in hosts files; the DNS in memory knows neither.
        var name = System.Net.Dns.GetHostName().ToLowerInvariant();
        _alive.Add(name);
        TargetHost[] hosts = [new TargetHost(0, name)];
        var target = new DeliveryTarget(SiteNames.For(hosts, 25), TargetKind.Smarthost, hosts, 25);
        Assert.IsType<ConnectResult.Connected>(await ConnectAsync(target));
        Assert.IsType<ConnectResult.Refused>(await ConnectAsync(target with { Kind = TargetKind.Mx }));
    }

    private IReadOnlyList<RouteOptions> Routes { get; set; } = [];

    private List<string> Tried => [.. _tried.Select(tried => tried.Host)];

    ValueTask<ConnectResult> IHostConnector
        .ConnectAsync(string hostName, EndPoint endpoint, Egress egress, CancellationToken cancellationToken)
    {
        _tried.Add((hostName, endpoint is IPEndPoint ip ? ip.Address.ToString() : endpoint.ToString()!));
        if (hostName == "slow")
        {
            _time.Advance(TimeSpan.FromSeconds(10));
            throw new OperationCanceledException("the caller gives up");
        }

        return new(_alive.Contains(hostName)
            ? new ConnectResult.Connected(new FakeConnection(hostName))
            : new ConnectResult.Refused(new SmtpReply(451, new EnhancedStatus(4, 4, 1), $"{hostName} is dead")));
    }

    private void Hosts(params string[] names)
    {
        for (var i = 0; i < names.Length; i++) _dns.WithAddresses(names[i], $"192.0.2.{i + 1}");
    }

    private ValueTask<ConnectResult> ConnectAsync(DeliveryTarget target) =>
        (_connector ??= new SiteConnector(_dns, this, new(new EgressTable(Routes, [])), _own, new MemoryCapture(), _time, _random.Next,
            NullLogger.Instance)).ConnectAsync(target, CancellationToken.None);

    private static DeliveryTarget Target(params (int Preference, string Name)[] hosts)
    {
        var list = hosts.Select(host => new TargetHost(host.Preference, host.Name)).ToList();
        return new DeliveryTarget(SiteNames.For(list, 25), TargetKind.Mx, list, 25);
    }
}
