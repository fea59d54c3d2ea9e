using Akka.Actor;
using Postfleet.Contracts.Budgets;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Concurrency;
using Postfleet.Delivery.Destinations.State;
using Postfleet.Delivery.Shaping;

namespace Postfleet.Delivery.Destinations;

/// <summary>Services shared by all destinations of a node.</summary>
internal sealed record DestinationServices(
    Current<DestinationRules> Rules,
    ConnectionServices Connections,
    LocalDestinations Local,
    NodeStats Stats,
    Func<IActorRef> Queues,
    TimeSpan Grace,
    Func<double> Random)
{
    /// <summary>The limits of single destinations; a reload replaces them.</summary>
    public Current<ShapingTable> Shaping { get; init; } = new(ShapingTable.Empty);

    /// <summary>The limits of the cluster, for daily limits; null if none are kept.</summary>
    public IBudgets? Budgets { get; init; }

    /// <summary>
    /// How long an idle destination stays: its knowledge of the site and of acknowledged attempts is worth some kilobytes.
    /// </summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>What destinations have learned from replies; null to keep nothing.</summary>
    public SiteStates? States { get; init; }

    /// <summary>Returns a positive number for a starting destination, different from all other numbers.</summary>
    public Func<long> Incarnation { get; init; } = () => System.Random.Shared.NextInt64(1, long.MaxValue);

    /// <summary>
    /// How long a destination stays after its attempts were cut off, for the replies to attempts past their final dot.
    /// </summary>
    public TimeSpan ReplyGrace { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>
    /// How long attempts may take while a shard moves. Sharding ends entities 5 seconds before the grace is over; the time for the last
    /// replies comes before that.
    /// </summary>
    public TimeSpan MoveGrace => TimeSpan.FromSeconds(Math.Max(Grace.TotalSeconds - 10, Grace.TotalSeconds / 2));

    /// <summary>The times of each destination's lifecycle.</summary>
    public DestinationTimes Times => new(IdleTimeout, MoveGrace, ReplyGrace);
}
