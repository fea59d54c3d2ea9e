using Akka.Actor;
using Akka.Cluster;

namespace Postfleet.Cluster.Systems;

/// <summary>Finds out whether other nodes can take over the entities of a node that leaves. <see cref="ClusterNode"/> asks.</summary>
internal static class Successors
{
    /// <summary>Whether this node is up and has a role, and another member with the role is up and reachable.</summary>
    /// <param name="system">The actor system of this node.</param>
    /// <param name="roles">The roles of this node.</param>
    /// <param name="role">The role; null for none.</param>
    public static bool Exist(ActorSystem system, IReadOnlyList<string> roles, string? role)
    {
        if (role is null || !roles.Contains(role) || system.WhenTerminated.IsCompleted) return false;
        var cluster = Akka.Cluster.Cluster.Get(system);
        var self = cluster.SelfUniqueAddress;
        var state = cluster.State;
        return state.Members.Any(member => member.UniqueAddress == self && member.Status == MemberStatus.Up)
            && state.Members.Any(member => member.UniqueAddress != self && member.Status == MemberStatus.Up && member.HasRole(role)
                && !state.Unreachable.Contains(member));
    }
}
