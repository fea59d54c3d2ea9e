using Akka.Cluster;
using Microsoft.Extensions.Logging;
using Postfleet.Cluster.Common;
using Postfleet.Contracts;
using Postfleet.Core;

namespace Postfleet.Cluster.Membership;

/// <summary>
/// Keeps the row of a node that is up in the registry, and removes the rows of nodes that have been silent for long if this node is the
/// oldest queue node. <see cref="ClusterJoin"/> creates an instance for each actor system and calls it from a task of the thread pool.
/// </summary>
/// <param name="cluster">The cluster.</param>
/// <param name="node">This node.</param>
/// <param name="address">The rule for its address, with the rows that it has seen.</param>
/// <param name="registry">The registry.</param>
/// <param name="link">Calls the registry.</param>
/// <param name="time">The clock.</param>
/// <param name="started">The timestamp from which <paramref name="address"/> counts.</param>
/// <param name="logger">The log.</param>
internal sealed class ClusterStay(
    Akka.Cluster.Cluster cluster, NodeEntry node, AddressRule address, INodeRegistry registry, RegistryLink link, TimeProvider time,
    long started, ILogger logger)
{
    private readonly SilentRows _silent = new();
    private readonly EntryRule _entry = new(node.Address);

    private TimeSpan Now => time.GetElapsedTime(started);

    /// <summary>
    /// Updates this node's row until the node is stopped; false when the registry no longer has the row, or when another cluster lives on
    /// the database before this node has a row.
    /// </summary>
    /// <exception cref="StartFailureException">Another process has taken this node's address before its row was written.</exception>
    public async Task<bool> RunAsync(CancellationToken stopped)
    {
        var isEntered = false;
        using var timer = new PeriodicTimer(FoundingRule.BeatInterval, time);
        do
        {
            if (!isEntered)
            {
                if (await TryEnterAsync(stopped) is not { } entered) return false;
                isEntered = entered;
            }
            else if (await link.AskAsync<bool?>(async () => await registry.BeatAsync(node.Address, node.Incarnation, stopped)) is false)
            {
                ClusterLog.Ousted(logger, node.Address);
                return false;
            }

            if (link.Problem is not null) _silent.Interrupt();
            else if (isEntered && _silent.IsDue(Now) && IsOldestQueueNode()) await RemoveSilentAsync(stopped);
        }
        while (await timer.WaitForNextTickAsync(stopped));
        return true;
    }

    // Another process with the address may have entered since this node asked to join. Null when this node must leave its cluster.
    private async Task<bool?> TryEnterAsync(CancellationToken stopped)
    {
        if (await link.AskAsync(() => registry.ReadAsync(stopped)) is not { } rows) return false;
        var members = Members();
        var entry = _entry.Decide(rows, members, Now);
        var step = address.Decide(rows, Now);
        if (step is AddressStep.Refuse refuse) throw new StartFailureException(refuse.Reason);
        if (entry is EntryStep.Leave leave)
        {
            ClusterLog.OtherCluster(logger, node.Address, leave.Other.Name);
            return null;
        }

        if (step is not AddressStep.Free free) return false;
        return entry switch
        {
            EntryStep.Enter =>
                await link.AskAsync<bool?>(async () => await registry.TryEnterAsync(node, free.Former, members, stopped)) is true,
            EntryStep.Replace replace =>
                await link.AskAsync<bool?>(async () => await registry.TryFoundAsync(replace.Expected, node, stopped)) is true,
            _ => false,
        };
    }

    private HashSet<(string Address, long Incarnation)> Members() => cluster.State.Members
        .Select(member => (member.Address.HostAndPort(), (long)(uint)member.UniqueAddress.Uid)).ToHashSet();

    private bool IsOldestQueueNode()
    {
        var oldest = cluster.State.Members.Where(member => member.Status == MemberStatus.Up && QueueNodes.IsOne(member))
            .Oldest();
        return oldest?.UniqueAddress == cluster.SelfUniqueAddress;
    }

    private async Task RemoveSilentAsync(CancellationToken stopped)
    {
        if (await link.AskAsync(() => registry.ReadAsync(stopped)) is not { } rows) return;
        foreach (var row in _silent.Decide(rows, Members(), Now))
        {
            if (await link.AskAsync<bool?>(async () => await registry.RemoveAsync(row, stopped)) is true)
                ClusterLog.SilentRemoved(logger, row.Name);
        }
    }
}
