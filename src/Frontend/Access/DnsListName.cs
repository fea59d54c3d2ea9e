using System.Globalization;
using System.Net;
using System.Text;
using Postfleet.Core.Mail;

namespace Postfleet.Frontend.Access;

/// <summary>The names of the records of DNS lists (RFC 5782). Pure.</summary>
internal static class DnsListName
{
    /// <summary>The name of an address: its octets, of IPv6 its half octets, in reverse order (RFC 5782 sections 2.1 and 2.4).</summary>
    public static string Of(IPAddress address, string zone)
    {
        var octets = (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).GetAddressBytes();
        var name = new StringBuilder();
        for (var i = octets.Length - 1; i >= 0; i--)
        {
            if (octets.Length == 4) name.Append(CultureInfo.InvariantCulture, $"{octets[i]}.");
            else name.Append(CultureInfo.InvariantCulture, $"{octets[i] & 0xF:x}.{octets[i] >> 4:x}.");
        }

        return name.Append(zone).ToString();
    }

    /// <summary>
    /// The name of a domain (RFC 5782 section 3); null for a text that is no domain of the DNS, or an address: lists of domains answer
    /// such questions with an error that looks like a listing.
    /// </summary>
    public static string? Of(string domain, string zone) =>
        DomainName.TryParse(domain, out var name) && !name.IsAddressLiteral && name.Value.LastIndexOf('.') is > 0 and var dot
        && !char.IsAsciiDigit(name.Value[dot + 1])
            ? $"{name.Value}.{zone}" : null;

    /// <summary>A name that no list may have (RFC 5782 section 5): a list that has it answers for everything.</summary>
    /// <param name="isOfAddresses">Whether the list is one of addresses.</param>
    /// <param name="zone">The zone.</param>
    public static string NeverListed(bool isOfAddresses, string zone) => isOfAddresses ? $"1.0.0.127.{zone}" : $"invalid.{zone}";
}
