namespace Postfleet.Contracts.Messages;

/// <summary>Everything that crosses nodes or is persisted, and so is bound to the one protobuf serializer.</summary>
public interface IProtocolMessage;
