using Postfleet.Core.Queueing;

namespace Postfleet.Contracts.Messages;

/// <summary>A message to the entity of a queue. The interface determines its shard and its serializer.</summary>
public interface IQueueMessage : IProtocolMessage
{
    /// <summary>The recipient of the message.</summary>
    QueueKey Queue { get; }
}
