using System.Diagnostics.Metrics;

namespace Postfleet.QueueActors.Common;

/// <summary>Metrics of the QueueActors module. Thread-safe.</summary>
internal static class QueueMetrics
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "Postfleet.QueueActors";

    private static readonly Meter Meter = new(MeterName);

    /// <summary>Parts sent to their queues; tag <c>repeat</c>.</summary>
    private static readonly Counter<long> Sent = Meter.CreateCounter<long>("postfleet.handoff.sent", "{part}");

    /// <summary>Parts left to the sweeper by this node; tag <c>reason</c>: buffer, window or time.</summary>
    private static readonly Counter<long> Left = Meter.CreateCounter<long>("postfleet.handoff.left_to_sweeper", "{part}");

    private static readonly Counter<long> Swept = Meter.CreateCounter<long>("postfleet.sweeper.offered", "{part}");

    /// <summary>DSNs; tag <c>result</c>: stored, or dropped for want of a sender.</summary>
    private static readonly Counter<long> Notifications = Meter.CreateCounter<long>("postfleet.notifications", "{notification}");

    private static readonly Counter<long> Corrupt = Meter.CreateCounter<long>("postfleet.parts.corrupt", "{part}");

    private static readonly Counter<long> CorruptEvents = Meter.CreateCounter<long>("postfleet.events.corrupt", "{event}");

    /// <summary>Counts the work of a hand-off between two readings of its counters.</summary>
    public static void HandedOff(HandOffCounts before, HandOffCounts after)
    {
        Add(Sent, after.Sent - before.Sent, "repeat", false);
        Add(Sent, after.Repeated - before.Repeated, "repeat", true);
        LeftToSweeper(after.Overflowed - before.Overflowed, "window");
        LeftToSweeper(after.TimedOut - before.TimedOut, "time");
    }

    public static void LeftToSweeper(long parts, string reason) => Add(Left, parts, "reason", reason);

    public static void Offered(int parts) => Swept.Add(parts);

    public static void NotificationStored() => Add(Notifications, 1, "result", "stored");

    public static void NotificationDropped() => Add(Notifications, 1, "result", "dropped");

    public static void PartCorrupt() => Corrupt.Add(1);

    public static void EventCorrupt() => CorruptEvents.Add(1);

    private static void Add(Counter<long> counter, long count, string tag, object value)
    {
        if (count > 0) counter.Add(count, new KeyValuePair<string, object?>(tag, value));
    }
}
