using Postfleet.Contracts.Serialization;

namespace Postfleet.Contracts.Wire;

internal partial class PartOffer : IQueuedPartFields;
