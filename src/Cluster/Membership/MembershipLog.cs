using Akka.Actor;
using Akka.Cluster;
using Microsoft.Extensions.Logging;
using Postfleet.Cluster.Common;
using Postfleet.Contracts;

namespace Postfleet.Cluster.Membership;

/// <summary>Logs which members join, leave, and become unreachable. One actor for each actor system.</summary>
internal sealed class MembershipLog(ILogger logger) : UntypedActor
{
    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);

    protected override void PreStart() => _cluster.Subscribe(
        Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents,
        [typeof(ClusterEvent.MemberUp), typeof(ClusterEvent.MemberDowned), typeof(ClusterEvent.MemberRemoved),
            typeof(ClusterEvent.IReachabilityEvent)]);

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ClusterEvent.MemberUp e:
                var roles = string.Join(',', e.Member.Roles.Where(ClusterHosts.IsRole).Order());
                ClusterLog.NodeUp(logger, e.Member.Address.HostAndPort(), roles, e.Member.AppVersion.Version);
                break;
            case ClusterEvent.MemberDowned e: ClusterLog.NodeDown(logger, e.Member.Address.HostAndPort()); break;
            // A leaving node gets MemberRemoved for all members. Only members that left or were declared dead are really gone.
            case ClusterEvent.MemberRemoved { PreviousStatus: MemberStatus.Exiting or MemberStatus.Down } e:
                ClusterLog.NodeRemoved(logger, e.Member.Address.HostAndPort(), e.PreviousStatus.ToString()); break;
            case ClusterEvent.UnreachableMember e: ClusterLog.NodeUnreachable(logger, e.Member.Address.HostAndPort()); break;
            case ClusterEvent.ReachableMember e: ClusterLog.NodeReachable(logger, e.Member.Address.HostAndPort()); break;
        }
    }
}
