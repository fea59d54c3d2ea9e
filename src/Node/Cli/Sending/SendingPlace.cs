using System.Net;
using System.Net.Sockets;
using Postfleet.Core.Queueing;
using Postfleet.Node.Options;

namespace Postfleet.Node.Cli.Sending;

/// <summary>A place that mail leaves from, as receivers see it. Pure.</summary>
/// <param name="Key">The key of the configuration that names the place.</param>
/// <param name="Hostname">The name in EHLO.</param>
/// <param name="Addresses">The configured addresses; none where the system or a proxy chooses.</param>
internal sealed record SendingPlace(string Key, string Hostname, IReadOnlyList<IPAddress> Addresses)
{
    /// <summary>
    /// The places of a configuration: its sources, and for routes to MX hosts without a source the route's own name and addresses.
    /// </summary>
    public static IReadOnlyList<SendingPlace> Of(PostfleetOptions options)
    {
        var node = options.Node.Hostname;
        List<SendingPlace> places = [.. options.Sources.Select((source, i) =>
            new SendingPlace($"Sources:{i}", source.Hostname.Length > 0 ? source.Hostname : node, [.. source.Addresses.All]))];
        foreach (var (i, route) in options.Routes.Index())
        {
            if (route.To.Kind != TargetKind.Mx || route.Source.Name is { Length: > 0 }) continue;
            var place = new SendingPlace(
                $"Routes:{i}", route.Hostname.Length > 0 ? route.Hostname : node, [.. route.Source.Addresses.All]);
            if (!places.Exists(other => other.Hostname == place.Hostname && other.Addresses.SequenceEqual(place.Addresses)))
                places.Add(place);
        }

        return places;
    }

    /// <summary>
    /// Whether hosts on the Internet can see the address: not one of RFC 1918, 6598, 4193, of a link, or of this machine.
    /// </summary>
    public static bool IsPublic(IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
            return !IPAddress.IsLoopback(address) && !address.IsIPv6LinkLocal && !address.IsIPv6UniqueLocal && !address.IsIPv6SiteLocal;
        var octets = address.GetAddressBytes();
        return (octets[0], octets[1])
            is not ((0 or 10 or 127, _) or (172, >= 16 and <= 31) or (192, 168) or (169, 254) or (100, >= 64 and <= 127));
    }
}
