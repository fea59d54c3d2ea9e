namespace Postfleet.Admin.Messages;

/// <summary>Sums over the destinations of a source at a provider.</summary>
/// <param name="Source">The source in the ids of the destinations.</param>
/// <param name="Provider">The provider; empty for the destinations of none.</param>
internal sealed record SourceStatistics(string Source, string Provider)
{
    /// <summary>The number of destinations.</summary>
    public int Destinations { get; init; }

    /// <summary>Destinations that failed at their last try, and were not reached since.</summary>
    public int Unreachable { get; init; }

    /// <summary>Destinations that a rule for replies pauses.</summary>
    public int Paused { get; init; }

    /// <summary>Destinations with a limit that a rule for replies has lowered.</summary>
    public int Lowered { get; init; }

    /// <summary>Jobs waiting for a connection or for the rate.</summary>
    public int Waiting { get; init; }

    /// <summary>Jobs being sent.</summary>
    public int Running { get; init; }

    /// <summary>Open, opening and closing connections.</summary>
    public int Connections { get; init; }

    /// <summary>When the destination of <see cref="Reply"/> could first not be reached, or was paused; null without a reply.</summary>
    public DateTimeOffset? FailedSince { get; init; }

    /// <summary>Why the destination with the newest trouble cannot be reached or is paused; null if there is none.</summary>
    public string? Reply { get; init; }

    /// <summary>Adds sums of the same source and provider.</summary>
    public static SourceStatistics operator +(SourceStatistics left, SourceStatistics right)
    {
        var newest = left.Reply is null || right.FailedSince > left.FailedSince ? right : left;
        return left with
        {
            Destinations = left.Destinations + right.Destinations,
            Unreachable = left.Unreachable + right.Unreachable,
            Paused = left.Paused + right.Paused,
            Lowered = left.Lowered + right.Lowered,
            Waiting = left.Waiting + right.Waiting,
            Running = left.Running + right.Running,
            Connections = left.Connections + right.Connections,
            FailedSince = newest.FailedSince,
            Reply = newest.Reply,
        };
    }
}
