using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Routing;

/// <summary>Names sites: domains whose mail goes to the same set of hosts share one site, and so one set of limits.</summary>
internal static class SiteNames
{
    private const int MaxLength = 150;

    /// <summary>The destination for a set of hosts. The order of preference does not matter: the hosts are what has limits.</summary>
    public static DestinationId For(IEnumerable<TargetHost> hosts, int port)
    {
        var suffix = port == 25 ? "" : string.Create(CultureInfo.InvariantCulture, $":{port}");
        var name = string.Join(',', hosts.Select(host => host.Name).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)) + suffix;
        return Named(name.Length <= MaxLength ? name : Shorten(name));
    }

    /// <summary>The destination of a kind that has no hosts.</summary>
    public static DestinationId Named(string site) => new($"{DestinationId.DefaultSource}|{site}");

    private static string Shorten(string name) =>
        $"{name[..(MaxLength - 34)]}#{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..32]}";
}
