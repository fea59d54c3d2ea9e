using Postfleet.Core.Queueing;
using Postfleet.QueueActors.HandOff;
using Postfleet.QueueActors.Messages;

namespace Postfleet.QueueActors.Tests.HandOff;

/// <summary>Makes parts that no queue has claimed.</summary>
internal static class Parts
{
    /// <summary>With more parts on their way to queues for the first time, the gate of a node closes.</summary>
    public const int Pressed = HandOffLifecycle.Window / 2;

    /// <summary>The number of parts left to the sweeper.</summary>
    public static long LeftToSweeper(this HandOffState state) => state.Counts.Overflowed + state.Counts.TimedOut;

    public static readonly DateTimeOffset Noon = new(2026, 3, 4, 12, 0, 0, TimeSpan.Zero);

    private static long _ids;

    public static PendingPart Unclaimed(string domain) =>
        new(QueueKey.FromTrusted($"default:{domain}"),
            new QueuedPart(MessageId.FromHalves(1, (ulong)Interlocked.Increment(ref _ids)), 1, Noon));

    public static Enqueued Acknowledge(Enqueue offered) => new(offered.Queue, [.. offered.Parts.Select(part => part.Message)]);
}
