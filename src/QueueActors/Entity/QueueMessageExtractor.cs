using Akka.Cluster.Sharding;
using Postfleet.Contracts;
using Postfleet.Contracts.Messages;

namespace Postfleet.QueueActors.Entity;

/// <summary>Maps messages for queues to shards and entities.</summary>
public sealed class QueueMessageExtractor() : HashCodeMessageExtractor(ShardIds.NumberOfShards)
{
    /// <inheritdoc/>
    public override string? EntityId(object message) => (message as IQueueMessage)?.Queue.Value;

    /// <inheritdoc/>
    public override string ShardId(string entityId, object? messageHint = null) => ShardIds.Of(entityId);
}
