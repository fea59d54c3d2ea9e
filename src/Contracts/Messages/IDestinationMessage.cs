using Postfleet.Core.Queueing;

namespace Postfleet.Contracts.Messages;

/// <summary>
/// A message to the entity of a destination. The interface determines its shard and its serializer.
/// </summary>
public interface IDestinationMessage : IProtocolMessage
{
    /// <summary>The recipient of the message.</summary>
    DestinationId Destination { get; }
}
