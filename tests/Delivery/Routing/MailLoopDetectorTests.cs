using System.Net;
using Postfleet.Delivery.Routing;
using Xunit;

namespace Postfleet.Delivery.Tests.Routing;

/// <summary>Addresses of this node, by its listeners and by the addresses of the machine.</summary>
public sealed class MailLoopDetectorTests
{
    private static readonly IPAddress[] Machine = [.. ((string[])["127.0.0.1", "192.0.2.1", "2001:db8::1", "::1"]).Select(IPAddress.Parse)];

    [Theory]
    [InlineData("0.0.0.0:25", "192.0.2.1", true)]
    [InlineData("[::]:25", "2001:db8::1", true)]
    [InlineData("[::]:25", "192.0.2.1", true)]
    [InlineData("0.0.0.0:2525", "192.0.2.1", false)]
    [InlineData("0.0.0.0:25", "192.0.2.2", false)]
    [InlineData("192.0.2.9:25", "192.0.2.1", false)]
    public void A_listener_on_all_addresses_makes_all_addresses_of_the_machine_own(string listener, string address, bool isOwn)
    {
        var own = new MailLoopDetector("us.example", [IPEndPoint.Parse(listener)], allowsLoopback: true, () => Machine, () => []);
        Assert.Equal(isOwn, own.IsOwnAddress(IPAddress.Parse(address), 25));
    }

    [Theory]
    [InlineData("0.0.0.0:25", "192.0.2.1:25")]
    [InlineData("[::]:25", "192.0.2.1:25 [2001:db8::1]:25")]
    [InlineData("192.0.2.9:25", "192.0.2.9:25")]
    [InlineData("127.0.0.1:25", "")]
    [InlineData("0.0.0.0:0", "")]
    public void Reachable_endpoints_of_a_listener_are_listed(string listener, string told) =>
        Assert.Equal(told, string.Join(' ', MailLoopDetector.ReachableEndpoints([IPEndPoint.Parse(listener)], () => Machine, 10)));
}
