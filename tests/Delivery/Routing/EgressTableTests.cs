using System.Net;
using System.Net.Sockets;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Routing;
using Xunit;

namespace Postfleet.Delivery.Tests.Routing;

/// <summary>The egress settings of routes, and the names by which nodes find them.</summary>
public sealed class EgressTableTests
{
    private static readonly RouteOptions Plain = new() { To = RouteTarget.Parse("smtp://relay.lan:25") };

    [Theory]
    [InlineData("mx", RouteTls.Auto, "", TlsMode.Opportunistic)]
    [InlineData("smtp://relay.lan:25", RouteTls.Auto, "", TlsMode.Opportunistic)]
    [InlineData("smtp://relay.lan:25", RouteTls.None, "", TlsMode.None)]
    [InlineData("smtp://relay.lan:25", RouteTls.Require, "user", TlsMode.Require)]
    [InlineData("smtp://relay.lan:25", RouteTls.Auto, "user", TlsMode.Verify)]
    [InlineData("smtps://relay.lan:465", RouteTls.Auto, "", TlsMode.Verify)]
    [InlineData("smtps://relay.lan:465", RouteTls.Require, "", TlsMode.Require)]
    [InlineData("lmtp://store.lan:24", RouteTls.Auto, "", TlsMode.Opportunistic)]
    [InlineData("lmtp:///run/lmtp", RouteTls.Auto, "user", TlsMode.None)]
    public void The_tls_mode_of_a_route_is_as_configured_or_a_safe_default(string to, RouteTls tls, string user, object expected) =>
        Assert.Equal(expected, EgressTable.ReadEgress(new RouteOptions { To = RouteTarget.Parse(to), Tls = tls, User = user }, []).Tls);

    [Theory]
    [InlineData("smtp://Relay.LAN:2525", MailProtocol.Smtp, "relay.lan", 2525)]
    [InlineData("smtps://relay.lan:465", MailProtocol.Smtps, "relay.lan", 465)]
    [InlineData("lmtp://[2001:db8::1]:24", MailProtocol.Lmtp, "2001:db8::1", 24)]
    [InlineData("lmtp:///run/dovecot/lmtp", MailProtocol.Lmtp, "/run/dovecot/lmtp", 0)]
    public void A_target_is_a_protocol_and_a_host_or_a_socket(string to, object protocol, string host, int port) =>
        Assert.Equal((TargetKind.Smarthost, (MailProtocol)protocol, host, port), RouteTarget.Parse(to) is var t
            ? (t.Kind, t.Protocol, t.Host, t.Port) : default);

    [Fact]
    public void Destinations_of_a_removed_route_keep_their_egress_until_the_next_table()
    {
        var first = new EgressTable([Plain with { User = "old", Password = "x" }], []);
        var destination = SiteNames.Named("x", first.NameOf(0));
        var second = new EgressTable([], [], first);

        Assert.Equal("old", second.Find(destination)!.Credentials!.User);
        Assert.Null(new EgressTable([], [], second).Find(destination));
    }

    [Fact]
    public void Routes_without_settings_share_the_default_egress_and_others_have_names()
    {
        RouteOptions[] routes =
        [
            new(), Plain, Plain with { Tls = RouteTls.Require },
            Plain with { Source = RouteSource.Parse("192.0.2.1, 2001:db8::1") },
            Plain with { Hostname = "out.test" },
            Plain with { User = "a", Password = "x" }, Plain with { User = "b", Password = "x" },
            new() { To = RouteTarget.Parse("smtps://relay.lan:465") },
        ];
        var table = new EgressTable(routes, []);
        var names = routes.Select((_, i) => table.NameOf(i)).ToList();
        Assert.Equal(["default", "default", "tls-require", "192.0.2.1+2001:db8::1", "out.test"], names.Take(5));
        Assert.Equal(routes.Length - 1, names.Distinct().Count());
        Assert.All(
            routes.Index(),
            route => Assert.Equal(EgressTable.ReadEgress(route.Item, []), table.Find(SiteNames.Named("x", names[route.Index]))));
    }

    [Fact]
    public void Names_hide_passwords_and_differ_for_equal_users_with_different_passwords()
    {
        var table = new EgressTable([Plain with { User = "user", Password = "one" }, Plain with { User = "user", Password = "two" }], []);
        var other = new EgressTable([Plain with { User = "user", Password = "three" }], []);
        Assert.Equal(table.NameOf(0), other.NameOf(0));
        Assert.NotEqual(table.NameOf(0), table.NameOf(1));
        Assert.Equal("two", table.Find(SiteNames.Named("x", table.NameOf(1)))!.Credentials!.Password);
        Assert.DoesNotContain("two", table.Find(SiteNames.Named("x", table.NameOf(1)))!.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Names_are_bounded_and_unknown_names_are_not_found()
    {
        var table = new EgressTable([Plain with { Hostname = $"{new string('a', 60)}.{new string('b', 60)}.test",
            Source = RouteSource.Parse("2001:db8:1111:2222:3333:4444:5555:6666") }], []);
        Assert.InRange(table.NameOf(0).Length, 1, 64);
        Assert.NotNull(table.Find(SiteNames.Named("x", table.NameOf(0))));
        Assert.Null(table.Find(SiteNames.Named("x", "tls-verify")));
        Assert.Same(Egress.Default, table.Find(SiteNames.Named("x")));
    }

    [Fact]
    public void Routes_with_a_source_share_its_egress_by_its_name()
    {
        SourceOptions[] sources =
        [
            new() { Name = "out1", Addresses = SourceAddresses.Parse("192.0.2.1, 2001:db8::1"), Hostname = "out1.test" },
            new() { Name = "out2", Proxy = EgressProxy.Parse("socks5://proxy.lan:1080") },
        ];
        var first = Plain with { Source = RouteSource.Parse("out1") };
        var table = new EgressTable(
            [first, first with { Domain = DomainPattern.Parse("b.test") }, Plain with { Source = RouteSource.Parse("OUT2") },
                first with { Tls = RouteTls.Verify }], sources);

        Assert.Equal(["out1", "out1", "out2", "tls-verify+out1"], Enumerable.Range(0, 4).Select(table.NameOf));
        var egress = table.Find(SiteNames.Named("x", "out1"))!;
        Assert.Equal(("192.0.2.1", "2001:db8::1", "out1.test"), ($"{egress.SourceV4}", $"{egress.SourceV6}", egress.Hostname));
        Assert.Equal("socks5://proxy.lan:1080", $"{table.Find(SiteNames.Named("x", "out2"))!.Proxy}");
    }

    [Fact]
    public void With_a_source_address_only_its_family_is_used()
    {
        var egress = EgressTable.ReadEgress(Plain with { Source = RouteSource.Parse("192.0.2.1") }, []);
        Assert.Equal((IPAddress.Parse("192.0.2.1"), null),
            (egress.SourceFor(AddressFamily.InterNetwork), egress.SourceFor(AddressFamily.InterNetworkV6)));
        Assert.True(egress.Uses(AddressFamily.InterNetwork) && !egress.Uses(AddressFamily.InterNetworkV6));
        Assert.True(Egress.Default.Uses(AddressFamily.InterNetworkV6));
    }

    [Fact]
    public void The_same_hosts_with_two_egresses_are_two_valid_destinations()
    {
        TargetHost[] hosts = [new(0, "relay.lan")];
        var (one, other) = (SiteNames.For(hosts, 25), SiteNames.For(hosts, 25, "tls-verify"));
        Assert.NotEqual(one, other);
        Assert.True(SiteNames.Fits(new DeliveryTarget(other, TargetKind.Smarthost, hosts, 25)));
        Assert.False(SiteNames.Fits(new DeliveryTarget(other, TargetKind.Smarthost, [new(0, "another.lan")], 25)));
        Assert.Equal("tls-verify", SiteNames.SourceOf(other));
    }
}
