namespace Postfleet.Contracts.Messages;

/// <summary>A record sent between nodes or persisted. The protobuf serializer is bound to this interface.</summary>
public interface IProtocolMessage;
