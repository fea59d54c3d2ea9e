using Postfleet.Contracts.Stats;
using Postfleet.Core.Concurrency;
using Postfleet.Core.Queueing;
using Postfleet.Core.Units;
using Postfleet.Delivery.Destinations.State;
using Postfleet.Delivery.Routing;

namespace Postfleet.Delivery.Destinations;

/// <summary>The limits of destinations by the configuration. Thread-safe.</summary>
/// <param name="rules">The rules of remote sites; a reload replaces them.</param>
internal sealed class DestinationLimits(Current<DestinationRules> rules) : IDestinationLimits
{
    /// <inheritdoc/>
    public DestinationCounts Find(DestinationId destination) => DestinationCounting.Limits(RulesOf(destination, rules.Value));

    /// <summary>The rules of a destination. The rate protects remote sites: local delivery crosses no network and has no rate.</summary>
    public static DestinationRules RulesOf(DestinationId destination, DestinationRules rules) =>
        SiteNames.IsLocal(destination) ? rules with { MaxRate = Rate.None } : rules;
}
