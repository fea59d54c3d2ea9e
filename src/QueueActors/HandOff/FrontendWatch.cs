using Akka.Actor;
using Akka.Cluster;
using Postfleet.Contracts;

namespace Postfleet.QueueActors.HandOff;

/// <summary>
/// Sends <see cref="HandOffSweeper.FrontendGone"/> to its parent when a frontend has stopped or was removed from the cluster.
/// </summary>
internal sealed class FrontendWatch : UntypedActor
{
    private readonly Cluster _cluster = Cluster.Get(Context.System);

    protected override void PreStart() => _cluster.Subscribe(
        Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsEvents, [typeof(ClusterEvent.MemberRemoved)]);

    protected override void PostStop() => _cluster.Unsubscribe(Self);

    protected override void OnReceive(object message)
    {
        if (message is ClusterEvent.MemberRemoved removed && removed.Member.HasRole(NodeRoles.Frontend))
            Context.Parent.Tell(HandOffSweeper.FrontendGone.Instance);
    }
}
