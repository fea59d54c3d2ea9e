using Akka.Cluster;

namespace Postfleet.Contracts;

/// <summary>The members with queues, on which mail depends. Hand-off, delivery, readiness and downing use this common definition.</summary>
public static class QueueNodes
{
    /// <summary>Whether a member runs queues: up, or leaving while it still hands over its queues.</summary>
    public static bool IsOne(Member member) => member.HasRole(NodeRoles.Queue) && member.Status is MemberStatus.Up or MemberStatus.Leaving;

    /// <summary>Whether this node can reach any queue node.</summary>
    public static bool IsAnyReachable(ClusterEvent.CurrentClusterState state) =>
        state.Members.Any(member => IsOne(member) && !state.Unreachable.Contains(member));
}
