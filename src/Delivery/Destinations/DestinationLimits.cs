using Postfleet.Contracts.Stats;
using Postfleet.Core.Concurrency;
using Postfleet.Core.Queueing;
using Postfleet.Core.Units;
using Postfleet.Delivery.Destinations.State;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Routing;
using Postfleet.Delivery.Shaping;

namespace Postfleet.Delivery.Destinations;

/// <summary>The limits of destinations by the configuration. Thread-safe.</summary>
/// <param name="rules">The rules of remote sites; a reload replaces them.</param>
/// <param name="shaping">The limits of single destinations; a reload replaces them.</param>
/// <param name="options">The options in force.</param>
internal sealed class DestinationLimits(
    Current<DestinationRules> rules, Current<ShapingTable> shaping, Func<DeliveryOptions> options) : IDestinationLimits
{
    /// <inheritdoc/>
    public DestinationCounts Find(DestinationId destination)
    {
        var shape = shaping.Value.Of(destination, ShapingTable.HostsOf(destination));
        return DestinationCounting.Limits(RulesOf(destination, rules.Value, shape), shape);
    }

    /// <inheritdoc/>
    public IReadOnlyList<EffectiveLimit> Explain(DestinationId destination, IReadOnlyList<TargetHost> hosts, string? domain) =>
        SiteNames.IsLocal(destination) ? [] : shaping.Value
            .Of(destination, hosts.Count > 0 ? hosts : ShapingTable.HostsOf(destination)).Explain(options(), domain);

    /// <summary>The rules of a destination. The rate protects remote sites: local delivery crosses no network and has no rate.</summary>
    public static DestinationRules RulesOf(DestinationId destination, DestinationRules rules, DestinationShape? shape = null) =>
        SiteNames.IsLocal(destination) ? rules with { MaxRate = Rate.None } : shape?.Apply(rules) ?? rules;
}
