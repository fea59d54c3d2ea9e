using Postfleet.Core.Queueing;

namespace Postfleet.Contracts.Stats;

/// <summary>The limits of destinations by the configuration of this node. Implemented by the module Delivery. Thread-safe.</summary>
public interface IDestinationLimits
{
    /// <summary>
    /// The limits of a destination with the settings that made them, also while no node sends to it. Its other counts are 0.
    /// </summary>
    DestinationCounts Find(DestinationId destination);

    /// <summary>All limits of a destination with the keys that set them.</summary>
    /// <param name="destination">The destination.</param>
    /// <param name="hosts">Its mail hosts; if they are not known, those in the name of the destination.</param>
    /// <param name="domain">The domain of the mail, which may have limits of its own; null for the limits of the site.</param>
    IReadOnlyList<EffectiveLimit> Explain(DestinationId destination, IReadOnlyList<TargetHost> hosts, string? domain);
}
