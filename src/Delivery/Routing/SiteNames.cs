using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Options;

namespace Postfleet.Delivery.Routing;

/// <summary>
/// Names sites: domains whose mail goes to the same set of hosts share one site, and so one set of limits. All nodes of a cluster must name
/// a site alike, so a change here is one of the protocol.
/// </summary>
internal static class SiteNames
{
    private const int MaxLength = 150;

    /// <summary>The destination for a set of hosts. The order of preference does not matter: the hosts are what has limits.</summary>
    /// <param name="hosts">The hosts.</param>
    /// <param name="port">Their port.</param>
    /// <param name="source">The name of the way out (<see cref="EgressTable"/>): hosts that are connected to in two ways are two
    /// sites.</param>
    public static DestinationId For(IEnumerable<TargetHost> hosts, int port, string source = DestinationId.DefaultSource)
    {
        var names = string.Join(',', hosts.Select(host => host.Name.Contains(':', StringComparison.Ordinal) ? $"[{host.Name}]" : host.Name)
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        // A stranger's host may be called "capture": the port keeps it apart from the kind.
        var isPlain = port == 25 && TargetWords.Find(names) is null or TargetKind.Mx;
        var name = isPlain ? names : string.Create(CultureInfo.InvariantCulture, $"{names}:{port}");
        return Named(name.Length <= MaxLength ? name : Shorten(name), source);
    }

    /// <summary>The destination of a kind that has no hosts.</summary>
    public static DestinationId For(TargetKind kind) => Named(TargetWords.Of(kind));

    /// <summary>The destination of a name.</summary>
    public static DestinationId Named(string site, string source = DestinationId.DefaultSource) => new($"{source}|{site}");

    /// <summary>The name of the way out that is in a destination's name.</summary>
    public static string SourceOf(DestinationId destination) => destination.Value.Split('|', 2)[0];

    /// <summary>
    /// Whether a target's hosts are those that its destination is named after. A queue whose domain has moved sends the attempts that it
    /// started before to the old destination, with the new hosts: no mail of the other domains there may ever go to those.
    /// </summary>
    public static bool Fits(DeliveryTarget target) => target.Destination == target.Kind switch
    {
        TargetKind.Capture or TargetKind.Discard or TargetKind.Reject => For(target.Kind),
        _ => For(target.Hosts, target.Port, SourceOf(target.Destination)),
    };

    /// <summary>Whether a destination is one of a kind without hosts.</summary>
    public static bool IsLocal(DestinationId destination) =>
        TargetWords.Local.Any(kind => destination == For(kind));

    private static string Shorten(string name) =>
        $"{name[..(MaxLength - 34)]}#{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)))[..32]}";
}
