using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Postfleet.Frontend.Access;

/// <summary>
/// Finds the first of many networks that contains an address, in a time that grows with the logarithm of their number. The networks are cut
/// into ranges that do not overlap, in the order of their addresses. Immutable; a look-up allocates nothing.
/// </summary>
internal sealed class NetworkTable
{
    /// <summary>Stands for no network.</summary>
    public const int None = int.MaxValue;

    private readonly Ranges _v4;
    private readonly Ranges _v6;

    /// <param name="networks">The networks with their numbers; of the networks with an address, the least number is found.</param>
    public NetworkTable(IEnumerable<(IPNetwork Network, int Number)> networks)
    {
        var families = networks.ToLookup(entry => entry.Network.BaseAddress.AddressFamily);
        _v4 = new Ranges(families[AddressFamily.InterNetwork], 32);
        _v6 = new Ranges(families[AddressFamily.InterNetworkV6], 128);
    }

    /// <summary>
    /// The least number of the networks that contain an address; <see cref="None"/> for none. An IPv4-mapped address is an IPv4 address.
    /// </summary>
    public int Find(IPAddress address)
    {
        Span<byte> octets = stackalloc byte[16];
        address.TryWriteBytes(octets, out var length);
        if (length == 16 && !address.IsIPv4MappedToIPv6) return _v6.Find(BinaryPrimitives.ReadUInt128BigEndian(octets));
        return _v4.Find(BinaryPrimitives.ReadUInt32BigEndian(octets[(length - 4)..]));
    }

    private static UInt128 Key(IPAddress address)
    {
        Span<byte> octets = stackalloc byte[16];
        address.TryWriteBytes(octets, out var length);
        return length == 16 ? BinaryPrimitives.ReadUInt128BigEndian(octets) : BinaryPrimitives.ReadUInt32BigEndian(octets);
    }

    // The networks of a family of addresses.
    private sealed class Ranges
    {
        private readonly List<UInt128> _starts = [];
        private readonly List<int> _firsts = [];

        public Ranges(IEnumerable<(IPNetwork Network, int Number)> networks, int bits)
        {
            // The networks around the present address: networks overlap only if one contains the other.
            var around = new Stack<(UInt128 Last, int First)>();
            var sorted = networks.OrderBy(entry => Key(entry.Network.BaseAddress)).ThenBy(entry => entry.Network.PrefixLength);
            foreach (var (network, number) in sorted)
            {
                var start = Key(network.BaseAddress);
                while (around.Count > 0 && around.Peek().Last < start) End(around);
                around.Push((start | Ones(bits - network.PrefixLength), Math.Min(number, around.Count > 0 ? around.Peek().First : None)));
                Begin(start, around.Peek().First);
            }

            while (around.Count > 0) End(around);
            _starts.TrimExcess();
            _firsts.TrimExcess();
        }

        public int Find(UInt128 key)
        {
            if (_starts.Count == 0) return None;
            var index = _starts.BinarySearch(key);
            if (index < 0) index = ~index - 1;
            return index < 0 ? None : _firsts[index];
        }

        private void End(Stack<(UInt128 Last, int First)> around)
        {
            var last = around.Pop().Last;
            if (last < UInt128.MaxValue) Begin(last + 1, around.Count > 0 ? around.Peek().First : None);
        }

        private void Begin(UInt128 start, int first)
        {
            if (_starts.Count > 0 && _starts[^1] == start)
            {
                _starts.RemoveAt(_starts.Count - 1);
                _firsts.RemoveAt(_firsts.Count - 1);
            }

            if ((_firsts.Count > 0 ? _firsts[^1] : None) == first) return;
            _starts.Add(start);
            _firsts.Add(first);
        }

        private static UInt128 Ones(int bits) => bits == 128 ? UInt128.MaxValue : (UInt128.One << bits) - 1;
    }
}
