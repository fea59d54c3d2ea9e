using Akka.Actor;
using Postfleet.Contracts;
using Postfleet.Contracts.Stats;

namespace Postfleet.Admin;

/// <summary>
/// Asks queues and destinations of this node for descriptions of themselves. Only running entities are asked, since a message would start
/// others. Called on any thread.
/// </summary>
internal sealed class EntityDescriptions(ShardRegions regions)
{
    /// <summary>
    /// The longest wait for an entity, with which the answer of the node is in time. An entity may be replaying its journal.
    /// </summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(0.7);

    /// <summary>The description of a queue; null if it does not answer in time.</summary>
    public Task<QueueDescription?> AskAsync(DescribeQueue ask) => AskAsync<QueueDescription>(() => regions.Queues, ask);

    /// <summary>The description of a destination; null if it does not answer in time.</summary>
    public Task<DestinationDescription?> AskAsync(DescribeDestination ask) =>
        AskAsync<DestinationDescription>(() => regions.Destinations, ask);

    private async Task<T?> AskAsync<T>(Func<IActorRef> region, object ask)
        where T : class
    {
        if (!regions.AreStarted) return null;
        try
        {
            return await region().Ask<T>(ask, Limit);
        }
        catch (AskTimeoutException)
        {
            return null;
        }
    }
}
