using System.Net;
using Akka.Cluster;

namespace Postfleet.Contracts;

/// <summary>
/// The names and listeners of the other nodes, so that no node takes another one for a foreign mail host. Each node says its own in the
/// roles of its cluster membership, which every member has at hand without asking. Written by one actor of the node, read by deliveries on
/// any thread.
/// </summary>
public sealed class ClusterHosts
{
    /// <summary>Most listeners that a node tells of.</summary>
    public const int MaxListeners = 20;

    private const string NamePrefix = "mail-host:";
    private const string ListenerPrefix = "mail-listener:";

    private volatile IReadOnlyList<ClusterHost> _others = [];

    /// <summary>The other nodes, as they are known at this moment.</summary>
    public IReadOnlyList<ClusterHost> Others
    {
        get => _others;
        set => _others = value;
    }

    /// <summary>Whether a role of a member says what the node does, and is no name or listener.</summary>
    public static bool IsRole(string role) => !role.Contains(':', StringComparison.Ordinal);

    /// <summary>The roles that tell a node's name and listeners.</summary>
    public static IEnumerable<string> ToRoles(ClusterHost host) =>
        host.Listeners.Take(MaxListeners).Select(listener => $"{ListenerPrefix}{listener}").Prepend($"{NamePrefix}{host.Name}");

    /// <summary>What a member tells of itself; null for a member of a version that tells nothing.</summary>
    public static ClusterHost? Of(Member member)
    {
        var name = member.Roles.FirstOrDefault(role => role.StartsWith(NamePrefix, StringComparison.Ordinal));
        if (name is null) return null;
        var listeners = member.Roles.Where(role => role.StartsWith(ListenerPrefix, StringComparison.Ordinal))
            .Select(role => IPEndPoint.TryParse(role.AsSpan(ListenerPrefix.Length), out var endpoint) ? endpoint : null)
                .OfType<IPEndPoint>();
        return new ClusterHost(name[NamePrefix.Length..], [.. listeners]);
    }
}

/// <summary>A node as a mail host.</summary>
/// <param name="Name">The name that it gives itself.</param>
/// <param name="Listeners">Where others reach its listeners.</param>
public sealed record ClusterHost(string Name, IReadOnlyList<IPEndPoint> Listeners);
