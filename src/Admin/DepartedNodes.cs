using System.Collections.Concurrent;
using Akka.Actor;
using Akka.Cluster;
using Postfleet.Contracts;

namespace Postfleet.Admin;

/// <summary>
/// The nodes that were declared dead a short while ago. Their queues and destinations are in no report until other nodes have read them, so
/// answers about the cluster name these nodes and are not complete. <see cref="DepartureWatch"/> adds nodes on its thread;
/// <see cref="ClusterStatistics"/> reads them on the threads of requests. Thread-safe.
/// </summary>
internal sealed class DepartedNodes(TimeProvider time)
{
    /// <summary>How long a node is named after its removal: other nodes have its queues well within this time.</summary>
    public static readonly TimeSpan KeepFor = TimeSpan.FromSeconds(15);

    private readonly ConcurrentDictionary<string, long> _removed = new(StringComparer.Ordinal);

    /// <summary>Adds a node.</summary>
    /// <param name="node">The node, as host:port.</param>
    public void Add(string node)
    {
        foreach (var (old, at) in _removed) if (time.GetElapsedTime(at) > KeepFor) _removed.TryRemove(old, out _);
        _removed[node] = time.GetTimestamp();
    }

    /// <summary>The nodes named now; mostly none.</summary>
    public IEnumerable<string> Recent() =>
        _removed.IsEmpty ? [] : _removed.Where(node => time.GetElapsedTime(node.Value) <= KeepFor).Select(node => node.Key);
}

/// <summary>
/// Adds members that the cluster declares dead and removes to <see cref="DepartedNodes"/>. Nodes that leave in order hand their queues over
/// before. Each node has an instance. Runs on the actor's thread.
/// </summary>
internal sealed class DepartureWatch(DepartedNodes departed) : UntypedActor
{
    protected override void PreStart() => Cluster.Get(Context.System)
        .Subscribe(
            Self, ClusterEvent.SubscriptionInitialStateMode.InitialStateAsSnapshot,
            typeof(ClusterEvent.MemberDowned), typeof(ClusterEvent.MemberRemoved));

    protected override void PostStop() => Cluster.Get(Context.System).Unsubscribe(Self);

    protected override void OnReceive(object message)
    {
        // The snapshot that comes first has no removed members. A member is added when it is declared dead, and again at its removal, so
        // that no answer between the two events misses the member.
        var dead = message switch
        {
            ClusterEvent.MemberDowned downed => downed.Member,
            ClusterEvent.MemberRemoved { PreviousStatus: MemberStatus.Down } removed => removed.Member,
            _ => null,
        };
        if (dead is not null && (dead.HasRole(NodeRoles.Queue) || dead.HasRole(NodeRoles.Delivery)))
            departed.Add(dead.Address.HostAndPort());
    }
}
