using Postfleet.Contracts.Serialization;

namespace Postfleet.QueueActors.Wire;

internal partial class MessageEnqueued : IQueuedPartFields;

internal partial class CheckpointEntry : IQueuedPartFields;
