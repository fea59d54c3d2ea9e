using System.Diagnostics.Metrics;
using Postfleet.Storage;
using Postfleet.Storage.Commit;

namespace Postfleet.Spool.Common;

/// <summary>Metrics of the spool, documented in <c>docs/metrics.md</c>. Thread-safe.</summary>
internal static class SpoolMetrics
{
    private static readonly Meter Meter = new("Postfleet.Spool");

    private static readonly Counter<long> Failures = Meter.CreateCounter<long>(
        "postfleet.spool.failures", "{operation}", "Failed operations of the spool, by the kind of failure.");

    private static readonly UpDownCounter<int> Waiting = Meter.CreateUpDownCounter<int>(
        "postfleet.spool.waiting_operations", "{operation}", "Operations that wait for a transaction of the spool.");

    private static readonly Counter<long> Reads = Meter.CreateCounter<long>(
        "postfleet.spool.reads", "{part}", "Parts read for delivery; cached says whether the body was still in memory.");

    private static readonly Counter<long> DroppedEvents = Meter.CreateCounter<long>(
        "postfleet.history.dropped", "{event}", "Events that history did not keep, since its storage failed or was full.");

    /// <summary>The transactions of the spool.</summary>
    public static CommitMetrics Commits { get; } = new(Meter, "spool");

    /// <summary>Starts all counters at zero: a scrape then has them before their first event.</summary>
    public static void Begin()
    {
        foreach (var kind in Enum.GetValues<FailureKind>()) Failed(kind, 0);
        Queued(0);
        HistoryDropped(0);
        Reads.Add(0, new KeyValuePair<string, object?>("cached", false));
        Reads.Add(0, new KeyValuePair<string, object?>("cached", true));
    }

    public static void Failed(FailureKind kind, int operations) =>
        Failures.Add(operations, new KeyValuePair<string, object?>("reason", Reason(kind)));

    /// <summary>Counts queued operations or, as a negative number, dequeued operations.</summary>
    public static void Queued(int operations) => Waiting.Add(operations);

    /// <summary>Counts lost events of history.</summary>
    public static void HistoryDropped(int events) => DroppedEvents.Add(events);

    public static void Read(bool fromCache) => Reads.Add(1, new KeyValuePair<string, object?>("cached", fromCache));

    private static string Reason(FailureKind kind) => kind switch
    {
        FailureKind.Operation => "operation",
        FailureKind.Full => "full",
        _ => "storage",
    };
}
