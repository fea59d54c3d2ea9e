namespace Postfleet.Delivery.Destinations;

/// <summary>The limits of a destination.</summary>
/// <param name="MaxConnections">Most connections at a time.</param>
/// <param name="FirstPause">How long a site that cannot be reached is left alone first; doubles from time to time.</param>
/// <param name="MaxPause">The longest such time.</param>
/// <param name="IdleConnection">How long a connection without work stays open.</param>
internal sealed record DestinationRules(int MaxConnections, TimeSpan FirstPause, TimeSpan MaxPause, TimeSpan IdleConnection)
{
    /// <summary>Jobs that may be granted, waiting and running at a time: enough to keep every connection busy while the next credit travels.</summary>
    public int Window => Math.Max(4 * MaxConnections, 100);

    /// <summary>A grant that is not used within this time lapses.</summary>
    public static TimeSpan GrantLife => TimeSpan.FromSeconds(30);

    /// <summary>Outcomes are sent again after this time without an acknowledgement.</summary>
    public static TimeSpan ReportAgainAfter => TimeSpan.FromSeconds(5);

    /// <summary>How long an acknowledged outcome is remembered, for a job that comes again.</summary>
    public static TimeSpan Memory => TimeSpan.FromMinutes(10);

    /// <summary>Most outcomes that are remembered.</summary>
    public const int MaxMemory = 10_000;
}
