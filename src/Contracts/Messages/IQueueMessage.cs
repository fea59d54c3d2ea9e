using Postfleet.Core.Queueing;

namespace Postfleet.Contracts.Messages;

/// <summary>A message to a queue's entity. This one interface drives the routing to its shard and the binding to the serializer.</summary>
public interface IQueueMessage : IProtocolMessage
{
    /// <summary>The queue that it is for.</summary>
    QueueKey Queue { get; }
}
