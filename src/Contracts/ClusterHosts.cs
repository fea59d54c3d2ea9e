using System.Net;
using Akka.Cluster;

namespace Postfleet.Contracts;

/// <summary>
/// The names and listeners of the other nodes: no node may mistake another node for a foreign mail host. Each node publishes its own name
/// and listeners as roles of its cluster membership, which all members have in memory. A single actor of the node writes them; deliveries
/// read them on any thread.
/// </summary>
public sealed class ClusterHosts
{
    /// <summary>The maximum number of listeners published by a node.</summary>
    public const int MaxListeners = 20;

    private const string NamePrefix = "mail-host:";
    private const string ListenerPrefix = "mail-listener:";

    private volatile IReadOnlyList<ClusterHost> _others = [];
    private volatile int _otherFrontends;

    /// <summary>The other nodes known now.</summary>
    public IReadOnlyList<ClusterHost> Others
    {
        get => _others;
        set => _others = value;
    }

    /// <summary>The number of other nodes with listeners.</summary>
    public int OtherFrontends
    {
        get => _otherFrontends;
        set => _otherFrontends = value;
    }

    /// <summary>Whether a role is a function of the node, not a name or a listener.</summary>
    public static bool IsRole(string role) => !role.Contains(':', StringComparison.Ordinal);

    /// <summary>The roles with the name and the listeners of a node.</summary>
    public static IEnumerable<string> ToRoles(ClusterHost host) =>
        host.Listeners.Take(MaxListeners).Select(listener => $"{ListenerPrefix}{listener}").Prepend($"{NamePrefix}{host.Name}");

    /// <summary>The host published by a member; null for a member of a version without this publication.</summary>
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
/// <param name="Name">The host name of the node.</param>
/// <param name="Listeners">The endpoints at which other hosts reach its listeners.</param>
public sealed record ClusterHost(string Name, IReadOnlyList<IPEndPoint> Listeners);
