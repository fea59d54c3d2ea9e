using CsCheck;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Routing;
using Xunit;

namespace Postfleet.Delivery.Tests.Routing;

public sealed class SiteNamesTests
{
    private static readonly Gen<TargetHost[]> Hosts =
        Gen.Select(Gen.Int[0, 50], Gen.String[Gen.Char["abcdefghij-"], 1, 30],
            (preference, name) => new TargetHost(preference, $"m{name}x.example")).Array[1, 12];

    [Fact]
    public void Domains_with_the_same_hosts_share_a_site_for_any_preferences() => Hosts.Sample(hosts =>
    {
        var shuffled = hosts.Reverse().Select((host, i) => host with { Preference = i }).Concat(hosts);
        Assert.Equal(SiteNames.For(hosts, 25), SiteNames.For(shuffled, 25));
    });

    [Fact]
    public void Different_hosts_or_ports_are_different_sites() => Gen.Select(Hosts, Hosts).Sample((one, other) =>
    {
        Assert.NotEqual(SiteNames.For(one, 25), SiteNames.For(one, 2525));
        var isSame = one.Select(host => host.Name).ToHashSet().SetEquals(other.Select(host => host.Name));
        Assert.Equal(isSame, SiteNames.For(one, 25) == SiteNames.For(other, 25));
    });

    [Fact]
    public void A_name_is_bounded_however_many_hosts_there_are() =>
        Hosts.Sample(hosts => SiteNames.For(hosts, 65535).Value.Length <= 150 + "default|".Length);

    [Theory]
    [InlineData("default|mx.example.org", 25, "mx.example.org")]
    [InlineData("default|mx.example.org:2525", 2525, "mx.example.org")]
    [InlineData("default|a.example,b.example", 25, "b.example", "a.example")]
    [InlineData("default|[2001:db8::1]:2525", 2525, "2001:db8::1")]
    [InlineData("default|capture:25", 25, "capture")]
    public void Names_are_part_of_the_protocol_and_do_not_change(string expected, int port, params string[] hosts) =>
        Assert.Equal(expected, SiteNames.For(hosts.Select(host => new TargetHost(0, host)), port).Value);

    [Theory]
    [InlineData(TargetKind.Capture, "capture")]
    [InlineData(TargetKind.Discard, "discard")]
    [InlineData(TargetKind.Reject, "reject")]
    public void A_host_named_like_a_target_kind_does_not_get_its_destination(TargetKind kind, string name)
    {
        TargetHost[] hosts = [new TargetHost(10, name)];
        Assert.NotEqual(SiteNames.Named(name), SiteNames.For(hosts, 25));
        Assert.True(SiteNames.Fits(new DeliveryTarget(SiteNames.Named(name), kind, [], 0)));
        Assert.False(SiteNames.Fits(new DeliveryTarget(SiteNames.Named(name), TargetKind.Mx, hosts, 25)));
        Assert.False(SiteNames.Fits(new DeliveryTarget(SiteNames.For(hosts, 25), kind, [], 0)));
    }

    [Fact]
    public void Hosts_match_only_their_own_destination()
    {
        TargetHost[] old = [new TargetHost(10, "old.example")];
        TargetHost[] moved = [new TargetHost(10, "new.example")];
        Assert.True(SiteNames.Fits(new DeliveryTarget(SiteNames.For(old, 25), TargetKind.Mx, old, 25)));
        Assert.False(SiteNames.Fits(new DeliveryTarget(SiteNames.For(old, 25), TargetKind.Mx, moved, 25)));
        Assert.False(SiteNames.Fits(new DeliveryTarget(SiteNames.For(old, 25), TargetKind.Mx, old, 26)));
    }
}
