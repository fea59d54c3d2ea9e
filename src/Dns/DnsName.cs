using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text;

namespace Postfleet.Dns;

/// <summary>The form of names in queries (RFC 1035 section 2.3.4).</summary>
internal static class DnsName
{
    private const int MaxName = 253;
    private const int MaxLabel = 63;

    // A backslash is left out: DnsClient escapes octets of names with it, and would not recognize the answer.
    private static readonly SearchValues<char> Printable =
        SearchValues.Create(string.Concat(Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (char)c).Where(c => c != '\\')));

    /// <summary>The name in lower case without the trailing dot; null for a name that cannot be queried.</summary>
    public static string? Normalize(string name)
    {
        var length = name.EndsWith('.') ? name.Length - 1 : name.Length;
        if (length is 0 or > MaxName) return null;
        var text = name.AsSpan(0, length);
        if (text.ContainsAnyExcept(Printable)) return null;
        foreach (var label in text.Split('.'))
        {
            var octets = label.End.GetOffset(length) - label.Start.GetOffset(length);
            if (octets is 0 or > MaxLabel) return null;
        }

        return name[..length].ToLowerInvariant();
    }

    /// <summary>The name with the PTR records of an address (RFC 1035 section 3.5, RFC 3596 section 2.5).</summary>
    public static string ReverseOf(IPAddress address)
    {
        var octets = (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).GetAddressBytes();
        var name = new StringBuilder();
        for (var i = octets.Length - 1; i >= 0; i--)
        {
            if (octets.Length == 4) name.Append(CultureInfo.InvariantCulture, $"{octets[i]}.");
            else name.Append(CultureInfo.InvariantCulture, $"{octets[i] & 0xF:x}.{octets[i] >> 4:x}.");
        }

        return name.Append(octets.Length == 4 ? "in-addr.arpa" : "ip6.arpa").ToString();
    }
}
