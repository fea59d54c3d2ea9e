using System.Diagnostics.Metrics;
using Postfleet.Storage;

namespace Postfleet.Spool.Common;

/// <summary>The spool's measurements.</summary>
internal static class SpoolMetrics
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Postfleet.Spool";

    private static readonly Meter Meter = new(MeterName);

    /// <summary>How long transactions take with their flush, in seconds.</summary>
    private static readonly Histogram<double> CommitDuration = Meter.CreateHistogram<double>("postfleet.spool.commit.duration", "s");

    /// <summary>How many operations share a transaction.</summary>
    private static readonly Histogram<int> CommitOperations = Meter
        .CreateHistogram<int>("postfleet.spool.commit.operations", "{operation}");

    private static readonly Counter<long> Failures = Meter.CreateCounter<long>("postfleet.spool.failures", "{operation}");

    private static readonly UpDownCounter<int> Waiting = Meter.CreateUpDownCounter<int>("postfleet.spool.queue", "{operation}");

    private static readonly Counter<long> Reads = Meter.CreateCounter<long>("postfleet.spool.reads", "{part}");

    public static void Committed(int operations, TimeSpan duration)
    {
        CommitDuration.Record(duration.TotalSeconds);
        CommitOperations.Record(operations);
    }

    public static void Failed(FailureKind kind, int operations) =>
        Failures.Add(operations, new KeyValuePair<string, object?>("kind", kind.ToString()));

    /// <summary>Counts operations that were queued, or, as a negative number, dequeued.</summary>
    public static void Queued(int operations) => Waiting.Add(operations);

    public static void Read(bool fromCache) => Reads.Add(1, new KeyValuePair<string, object?>("cached", fromCache));
}
