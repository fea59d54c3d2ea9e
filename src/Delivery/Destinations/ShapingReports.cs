using Postfleet.Core.Queueing;
using Postfleet.Delivery.Common;
using Postfleet.Delivery.Destinations.State;

namespace Postfleet.Delivery.Destinations;

/// <summary>Stores, logs and counts the steps of what replies have taught of a site. Called by destinations.</summary>
internal static class ShapingReports
{
    /// <summary>Reports a step.</summary>
    public static void Report(DestinationId id, DestinationEffect.Shaped effect, SiteShaping shaping, DestinationServices services)
    {
        var row = (effect.Row ?? new SiteState(default, effect.Scope)) with { Destination = id };
        services.States?.Save(row, isRemoved: effect.Row is null);
        DeliveryMetrics.Shaped(effect.Step);
        var logger = services.Connections.Logger;
        var limit = SlowedStreams.StreamOf(effect.Scope) is { } stream ? $"{shaping.Streams.RateOf(stream)} for the stream {stream}"
            : effect.Scope == "rate" ? shaping.Effective.MaxRate.ToString() : $"{shaping.Effective.MaxConnections} connections";
        switch (effect.Step)
        {
            case ShapingStep.Slowed: logger.Slowed(id.Value, limit, Math.Round(row.Factor, 4), row.Rule, row.Reply); break;
            case ShapingStep.Raised: logger.Raised(id.Value, limit, Math.Round(row.Factor, 4), row.Rule); break;
            case ShapingStep.Recovered: logger.Recovered(id.Value, effect.Scope); break;
            case ShapingStep.Paused: logger.Paused(id.Value, effect.Scope, row.Length, row.Rule, row.Reply); break;
            case ShapingStep.Forgotten: break;
            default: throw new InvalidOperationException($"unknown step {effect.Step}");
        }
    }
}
