using System.Net;
using Postfleet.Delivery.Routing;
using Xunit;

namespace Postfleet.Delivery.Tests.Routing;

/// <summary>Which addresses are this node's own, by its listeners and by the addresses that the machine has.</summary>
public sealed class OwnHostsTests
{
    private static readonly IPAddress[] Machine = [.. ((string[])["127.0.0.1", "192.0.2.1", "2001:db8::1", "::1"]).Select(IPAddress.Parse)];

    [Theory]
    [InlineData("0.0.0.0:25", "192.0.2.1", true)]
    [InlineData("[::]:25", "2001:db8::1", true)]
    [InlineData("[::]:25", "192.0.2.1", true)]
    [InlineData("0.0.0.0:2525", "192.0.2.1", false)]
    [InlineData("0.0.0.0:25", "192.0.2.2", false)]
    [InlineData("192.0.2.9:25", "192.0.2.1", false)]
    public void A_listener_on_all_addresses_makes_those_of_the_machine_own(string listener, string address, bool isOwn)
    {
        var own = new OwnHosts("us.example", [IPEndPoint.Parse(listener)], allowsLoopback: true, () => Machine, () => []);
        Assert.Equal(isOwn, own.IsOwnAddress(IPAddress.Parse(address), 25));
    }

    [Theory]
    [InlineData("0.0.0.0:25", "192.0.2.1:25")]
    [InlineData("[::]:25", "192.0.2.1:25 [2001:db8::1]:25")]
    [InlineData("192.0.2.9:25", "192.0.2.9:25")]
    [InlineData("127.0.0.1:25", "")]
    [InlineData("0.0.0.0:0", "")]
    public void Others_are_told_the_addresses_at_which_they_reach_a_listener(string listener, string told) =>
        Assert.Equal(told, string.Join(' ', OwnHosts.Reachable([IPEndPoint.Parse(listener)], () => Machine, 10)));
}
