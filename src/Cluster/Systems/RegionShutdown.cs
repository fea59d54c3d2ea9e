using Akka.Actor;
using Akka.Cluster.Sharding;

namespace Postfleet.Cluster.Systems;

/// <summary>
/// Stops a shard region of this node: first its shards in order, then the region. Without this class, a region without shards waits until
/// each buffered message has a shard, and no shard starts on a leaving node. Buffered messages may be lost, because their senders repeat
/// them. Called by <see cref="ClusterNode"/>.
/// </summary>
internal static class RegionShutdown
{
    /// <summary>The longest time for stopping idle entities. A queue writes at most one batch.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);

    /// <summary>Stops the region; returns when it has ended.</summary>
    /// <param name="system">The actor system.</param>
    /// <param name="region">The region, or a proxy, which ends at once.</param>
    /// <param name="limit">The longest wait for its shards. Then the region is stopped with the remaining shards.</param>
    /// <param name="time">The clock.</param>
    /// <param name="hurry">Ends the wait early.</param>
    public static async Task RunAsync(ActorSystem system, IActorRef region, TimeSpan limit, TimeProvider time, CancellationToken hurry)
    {
        var ended = region.WatchAsync(CancellationToken.None);
        region.Tell(GracefulShutdown.Instance);
        var started = time.GetTimestamp();
        while (!ended.IsCompleted)
        {
            // The region's children are its shards. A query would take seconds, because leaving shards do not answer.
            var isEmpty = region is ActorRefWithCell { Children: var shards } && !shards.Any();
            if (isEmpty || hurry.IsCancellationRequested || time.GetElapsedTime(started) > limit)
            {
                system.Stop(region);
                break;
            }

            await Task.WhenAny(ended, Task.Delay(PollInterval, time, CancellationToken.None));
        }

        await ended;
    }
}
