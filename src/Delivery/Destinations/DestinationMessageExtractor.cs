using Akka.Cluster.Sharding;
using Postfleet.Contracts;
using Postfleet.Contracts.Messages;

namespace Postfleet.Delivery.Destinations;

/// <summary>Maps the messages for destinations to their shards and entities.</summary>
internal sealed class DestinationMessageExtractor() : HashCodeMessageExtractor(ShardIds.NumberOfShards)
{
    public override string? EntityId(object message) => (message as IDestinationMessage)?.Destination.Value;

    public override string ShardId(string entityId, object? messageHint = null) => ShardIds.Of(entityId);
}
