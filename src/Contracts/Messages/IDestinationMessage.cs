using Postfleet.Core.Queueing;

namespace Postfleet.Contracts.Messages;

/// <summary>
/// A message to a destination's entity. This one interface drives the routing to its shard and the binding to the serializer.
/// </summary>
public interface IDestinationMessage : IProtocolMessage
{
    /// <summary>The destination that it is for.</summary>
    DestinationId Destination { get; }
}
