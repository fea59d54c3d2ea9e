using System.Diagnostics.Metrics;

namespace Postfleet.Cluster.Common;

/// <summary>Metrics of the Cluster module, documented in <c>docs/metrics.md</c>. Thread-safe.</summary>
internal static class ClusterMetrics
{
    private static readonly Meter Meter = new("Postfleet.Cluster");

    private static readonly Counter<long> Stalls = Meter.CreateCounter<long>(
        "postfleet.stalls", "{stall}", "Gaps of more than 5 s in which this process did not run.");

    private static readonly Counter<double> Stalled = Meter.CreateCounter<double>(
        "postfleet.stalled", "s", "Time in which this process did not run, by gaps of more than 5 s.");

    /// <summary>Starts all counters at zero, so that a scrape has them before their first event.</summary>
    public static void Begin()
    {
        Stalls.Add(0);
        Stalled.Add(0);
    }

    /// <summary>Counts a gap.</summary>
    public static void StoodStill(TimeSpan gap)
    {
        Stalls.Add(1);
        Stalled.Add(gap.TotalSeconds);
    }
}
