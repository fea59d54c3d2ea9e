using Akka.Actor;
using Akka.Cluster.Sharding;

namespace Postfleet.Node.Cluster;

/// <summary>
/// Stops a shard region of this node: its shards leave in order, then the region goes. Left to itself, a region whose shards have left also waits for a home
/// for each message that it still keeps, and no shard finds a home on a node that leaves. Such messages may be lost: whoever sent one sends it again.
/// </summary>
internal static class RegionShutdown
{
    /// <summary>How long entities may take to stop: a queue writes one batch at most, and destinations have finished before.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Stops the region; returns when it has ended.</summary>
    public static async Task RunAsync(ActorSystem system, IActorRef region, TimeProvider time, CancellationToken cancellationToken)
    {
        var ended = region.WatchAsync(cancellationToken);
        region.Tell(GracefulShutdown.Instance);
        var started = time.GetTimestamp();
        while (!ended.IsCompleted)
        {
            // The region's children are its shards. Asking it would take seconds while they leave, since they do not answer then.
            var isEmpty = region is ActorRefWithCell { Children: var shards } && !shards.Any();
            if (isEmpty || time.GetElapsedTime(started) > Limit)
            {
                system.Stop(region);
                break;
            }

            await Task.WhenAny(ended, Task.Delay(Pause, time, cancellationToken));
        }

        await ended;
    }
}
