using Postfleet.Core.Queueing;

namespace Postfleet.Contracts.Stats;

/// <summary>The limits of destinations by the configuration of this node. Implemented by the module Delivery. Thread-safe.</summary>
public interface IDestinationLimits
{
    /// <summary>
    /// The limits of a destination with the settings that made them, also while no node sends to it. Its other counts are 0.
    /// </summary>
    DestinationCounts Find(DestinationId destination);
}
