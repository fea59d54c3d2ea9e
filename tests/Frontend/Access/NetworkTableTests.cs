using System.Net;
using CsCheck;
using Postfleet.Frontend.Access;
using Xunit;

namespace Postfleet.Frontend.Tests.Access;

public sealed class NetworkTableTests
{
    // Few octets, so that networks contain each other and addresses meet their borders.
    private static readonly Gen<byte> Octet = Gen.OneOf(Gen.Const((byte)0), Gen.Const((byte)255), Gen.Byte[126, 130]);

    private static readonly Gen<IPAddress> Address = Gen.Select(Gen.Bool, Octet.Array[4], Octet.Array[2], Octet.Array[2])
        .Select((isV4, v4, first, last) => isV4
            ? new IPAddress(v4)
            : new IPAddress([.. first, .. Enumerable.Repeat(last[0], 12), .. last]));

    private static readonly Gen<IPNetwork> Network = Gen.Select(Address, Gen.Int[0, 128]).Select((address, bits) =>
    {
        var octets = address.GetAddressBytes();
        bits = Math.Min(bits, octets.Length * 8);
        for (var i = bits; i < octets.Length * 8; i++) octets[i / 8] &= (byte)~(0x80 >> (i % 8));
        return new IPNetwork(new IPAddress(octets), bits);
    });

    [Fact]
    public void The_first_network_with_the_address_is_found() =>
        Gen.Select(Network.Array[0, 12], Address.Array[20]).Sample((networks, addresses) =>
        {
            var table = new NetworkTable(networks.Select((network, index) => (network, index)));
            foreach (var address in addresses.Concat(networks.Select(network => network.BaseAddress)))
            {
                var first = Array.FindIndex(networks, network => network.Contains(address));
                Assert.Equal(first < 0 ? NetworkTable.None : first, table.Find(address));
                if (address.GetAddressBytes().Length == 4) Assert.Equal(table.Find(address), table.Find(address.MapToIPv6()));
            }
        });

    [Fact]
    public void The_ends_of_the_address_spaces_are_found()
    {
        var table = new NetworkTable(
        [
            (IPNetwork.Parse("255.255.255.255/32"), 0), (IPNetwork.Parse("0.0.0.0/1"), 1), (IPNetwork.Parse("0.0.0.0/0"), 2),
            (IPNetwork.Parse("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128"), 3),
        ]);
        Assert.Equal(0, table.Find(IPAddress.Parse("255.255.255.255")));
        Assert.Equal(2, table.Find(IPAddress.Parse("255.255.255.254")));
        Assert.Equal(1, table.Find(IPAddress.Parse("127.255.255.255")));
        Assert.Equal(3, table.Find(IPAddress.Parse("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")));
        Assert.Equal(NetworkTable.None, table.Find(IPAddress.Parse("::1")));
        Assert.Equal(NetworkTable.None, new NetworkTable([]).Find(IPAddress.Loopback));
    }
}
