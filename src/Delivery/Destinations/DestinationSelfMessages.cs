using Akka.Actor;
using Postfleet.Contracts.Budgets;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Destinations.State;

namespace Postfleet.Delivery.Destinations;

/// <summary>An event of a connection, with the reporting loop.</summary>
internal sealed record ConnectionReport(ConnectionLoop Loop, ConnectionEvent Event) : INoSerializationVerificationNeeded;

/// <summary>The inputs accepted so far are to be decided.</summary>
internal sealed class DecisionDue : INoSerializationVerificationNeeded
{
    public static readonly DecisionDue Instance = new();

    private DecisionDue()
    {
    }
}

/// <summary>What an earlier owner of the destination has learned was read.</summary>
internal sealed record StateRead(IReadOnlyList<SiteState> Rows) : INoSerializationVerificationNeeded;

/// <summary>A timer of a destination has fired.</summary>
internal sealed record TimerDue(DestinationTimer Timer) : INoSerializationVerificationNeeded
{
    private static readonly TimerDue[] All = [.. Enum.GetValues<DestinationTimer>().Select(timer => new TimerDue(timer))];

    /// <summary>The message of a timer: one instance for each kind.</summary>
    public static TimerDue Of(DestinationTimer timer) => All[(int)timer];
}

/// <summary>The storage has answered about a unit of a daily limit; without an answer it is away.</summary>
internal sealed record UnitsAnswered(DailyCap Day, BudgetAnswer? Answer) : INoSerializationVerificationNeeded;
