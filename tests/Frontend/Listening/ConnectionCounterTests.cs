using System.Net;
using Postfleet.Frontend.Listening;
using Postfleet.Frontend.Options;
using Xunit;

namespace Postfleet.Frontend.Tests.Listening;

public sealed class ConnectionCounterTests
{
    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1", false)]
    [InlineData("192.0.2.1", "192.0.2.2", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff::", false)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", true)]
    public void An_address_is_an_IPv4_address_or_an_IPv6_64(string first, string second, bool isOther)
    {
        var counter = new ConnectionCounter(new SmtpOptions { MaxConnectionsPerAddress = 1 });
        Assert.True(counter.Enter(IPAddress.Parse(first)));
        Assert.Equal(isOther, counter.Enter(IPAddress.Parse(second)));
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.255", false)]
    [InlineData("192.0.2.1", "192.0.3.1", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:ffff::1", false)]
    [InlineData("2001:db8:1:2::1", "2001:db8:2:2::1", true)]
    public void A_network_is_an_IPv4_24_or_an_IPv6_48(string first, string second, bool isOther)
    {
        var counter = new ConnectionCounter(new SmtpOptions { MaxConnectionsPerAddress = 1, MaxConnectionsPerNetwork = 1 });
        Assert.True(counter.Enter(IPAddress.Parse(first)));
        Assert.Equal(isOther, counter.Enter(IPAddress.Parse(second)));
    }

    [Fact]
    public void A_connection_that_ends_is_no_longer_counted()
    {
        var counter = new ConnectionCounter(
            new SmtpOptions { MaxConnections = 1, MaxConnectionsPerAddress = 1, MaxConnectionsPerNetwork = 2 });
        var client = IPAddress.Parse("192.0.2.1");
        for (var i = 0; i < 3; i++)
        {
            Assert.True(counter.Enter());
            Assert.False(counter.Enter());
            Assert.True(counter.Enter(client));
            Assert.False(counter.Enter(client));
            counter.Leave(client);
            counter.Leave(client);
            counter.Leave();
            counter.Leave();
            Assert.Equal(0, counter.Count);
        }
    }
}
