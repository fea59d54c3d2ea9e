using Akka.Actor;
using Akka.Cluster.Sharding;

namespace Postfleet.Cluster.Systems;

/// <summary>
/// Stops a shard region of this node: its shards leave in order, then the region goes. Left to itself, a region whose shards have left also
/// waits for a home for each message that it still keeps, and no shard finds a home on a node that leaves. Such messages may be lost:
/// whoever sent one sends it again.
/// </summary>
internal static class RegionShutdown
{
    /// <summary>How long entities may take to stop that have nothing to finish: a queue writes one batch at most.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Stops the region; returns when it has ended.</summary>
    /// <param name="system">The actor system.</param>
    /// <param name="region">The region, or a proxy, which ends at once.</param>
    /// <param name="limit">How long its shards may take; the region is stopped with what is left of them then.</param>
    /// <param name="time">The clock.</param>
    /// <param name="hurry">Ends the wait as the limit does.</param>
    public static async Task RunAsync(ActorSystem system, IActorRef region, TimeSpan limit, TimeProvider time, CancellationToken hurry)
    {
        var ended = region.WatchAsync(CancellationToken.None);
        region.Tell(GracefulShutdown.Instance);
        var started = time.GetTimestamp();
        while (!ended.IsCompleted)
        {
            // The region's children are its shards. Asking it would take seconds while they leave, since they do not answer then.
            var isEmpty = region is ActorRefWithCell { Children: var shards } && !shards.Any();
            if (isEmpty || hurry.IsCancellationRequested || time.GetElapsedTime(started) > limit)
            {
                system.Stop(region);
                break;
            }

            await Task.WhenAny(ended, Task.Delay(Pause, time, CancellationToken.None));
        }

        await ended;
    }
}
