using Akka.Cluster;

namespace Postfleet.Contracts;

/// <summary>
/// The members of the cluster that mail depends on: those that run queues. Who hands off, who sends, who is ready and who gives the cluster
/// up all go by the same members, so that they agree.
/// </summary>
public static class QueueNodes
{
    /// <summary>Whether a member is one: up, or leaving and still handing its queues over.</summary>
    public static bool IsOne(Member member) => member.HasRole(NodeRoles.Queue) && member.Status is MemberStatus.Up or MemberStatus.Leaving;

    /// <summary>Whether this node can reach any of them.</summary>
    public static bool IsAnyReachable(ClusterEvent.CurrentClusterState state) =>
        state.Members.Any(member => IsOne(member) && !state.Unreachable.Contains(member));
}
