using System.Diagnostics.Metrics;

namespace Postfleet.Storage.Commit;

/// <summary>Histograms of the transactions of one <see cref="GroupCommit{TOperation}"/>. Thread-safe.</summary>
public sealed class CommitMetrics
{
    private static readonly double[] Seconds =
        [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

    private static readonly int[] Sizes = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

    private readonly Histogram<double> _duration;
    private readonly Histogram<int> _operations;

    /// <summary>Creates the histograms.</summary>
    /// <param name="meter">The meter of the module.</param>
    /// <param name="store">The name of the store in the names of the metrics, for example <c>spool</c>.</param>
    public CommitMetrics(Meter meter, string store)
    {
        ArgumentNullException.ThrowIfNull(meter);
        _duration = meter.CreateHistogram(
            $"postfleet.{store}.commit.duration", "s", $"Duration of the transactions of the {store}, with their flush.",
            tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = Seconds });
        _operations = meter.CreateHistogram(
            $"postfleet.{store}.commit.operations", "{operation}", $"Operations that share a transaction of the {store}.",
            tags: null, new InstrumentAdvice<int> { HistogramBucketBoundaries = Sizes });
    }

    /// <summary>Records a durable transaction.</summary>
    public void Committed(int operations, TimeSpan duration)
    {
        _duration.Record(duration.TotalSeconds);
        _operations.Record(operations);
    }
}
