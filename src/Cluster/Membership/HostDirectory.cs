using Akka.Actor;
using Akka.Cluster;
using Postfleet.Contracts;

namespace Postfleet.Cluster.Membership;

/// <summary>
/// Keeps <see cref="ClusterHosts"/> up to date with the members of the cluster. Deliveries on this node read it. One actor for each actor
/// system.
/// </summary>
internal sealed class HostDirectory(ClusterHosts hosts) : UntypedActor
{
    private readonly Akka.Cluster.Cluster _cluster = Akka.Cluster.Cluster.Get(Context.System);
    private readonly Dictionary<UniqueAddress, ClusterHost> _others = [];
    private readonly HashSet<UniqueAddress> _frontends = [];

    protected override void PreStart() => _cluster.Subscribe(
        Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents,
        [typeof(ClusterEvent.MemberUp), typeof(ClusterEvent.MemberRemoved)]);

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case ClusterEvent.MemberUp { Member: var member } when member.UniqueAddress != _cluster.SelfUniqueAddress:
                if (ClusterHosts.Of(member) is { } host) _others[member.UniqueAddress] = host;
                if (member.HasRole(NodeRoles.Frontend)) _frontends.Add(member.UniqueAddress);
                break;
            case ClusterEvent.MemberRemoved { Member: var member }:
                _others.Remove(member.UniqueAddress);
                _frontends.Remove(member.UniqueAddress);
                break;
            default:
                return;
        }

        hosts.Others = [.. _others.Values];
        hosts.OtherFrontends = _frontends.Count;
    }
}
