using Postfleet.QueueActors.Formats;

namespace Postfleet.QueueActors.Wire;

internal partial class PartOffer : IQueuedPartFields;

internal partial class MessageEnqueued : IQueuedPartFields;

internal partial class CheckpointEntry : IQueuedPartFields;
