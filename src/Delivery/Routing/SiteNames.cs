using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Options;

namespace Postfleet.Delivery.Routing;

/// <summary>
/// Names sites. Domains with the same set of mail hosts share a site and its limits. All nodes of a cluster must derive the same names, so
/// a change here is a change of the protocol. Pure.
/// </summary>
internal static class SiteNames
{
    private const int MaxLength = 150;

    /// <summary>The destination of a set of hosts. The order of preference does not matter, since limits apply to the hosts.</summary>
    /// <param name="hosts">The mail hosts.</param>
    /// <param name="port">The port of the hosts.</param>
    /// <param name="source">
    /// The name of the egress (<see cref="EgressTable"/>): the same hosts with another egress are another site.
    /// </param>
    public static DestinationId For(IEnumerable<TargetHost> hosts, int port, string source = DestinationId.DefaultSource)
    {
        var names = string.Join(',', hosts.Select(host => host.Name.Contains(':', StringComparison.Ordinal) ? $"[{host.Name}]" : host.Name)
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        // A stranger's host may be called "capture": the port distinguishes it from the target of that name.
        var isPlain = port == 25 && TargetWords.Find(names) is null or TargetKind.Mx;
        var name = isPlain ? names : string.Create(CultureInfo.InvariantCulture, $"{names}:{port}");
        return Named(name.Length <= MaxLength ? name : Shorten(name), source);
    }

    /// <summary>The destination of a target without hosts.</summary>
    public static DestinationId For(TargetKind kind) => Named(TargetWords.Of(kind));

    /// <summary>The destination with a given site name.</summary>
    public static DestinationId Named(string site, string source = DestinationId.DefaultSource) => new($"{source}|{site}");

    /// <summary>The name of the egress in a destination's name.</summary>
    public static string SourceOf(DestinationId destination) => destination.Value.Split('|', 2)[0];

    /// <summary>
    /// Whether the hosts of a target match the name of its destination. After a domain has moved, its queue repeats attempts of the old
    /// destination with the new hosts; mail of the other domains of that destination must not go to the new hosts.
    /// </summary>
    public static bool Fits(DeliveryTarget target) => target.Destination == (TargetWords.Local.Contains(target.Kind)
        ? For(target.Kind) : For(target.Hosts, target.Port, SourceOf(target.Destination)));

    /// <summary>Whether a destination is a target without hosts.</summary>
    public static bool IsLocal(DestinationId destination) =>
        TargetWords.Local.Any(kind => destination == For(kind));

    private static string Shorten(string name) =>
        $"{name[..(MaxLength - 34)]}#{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..32]}";
}
