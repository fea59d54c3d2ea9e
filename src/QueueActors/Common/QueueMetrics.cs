using System.Diagnostics;
using System.Diagnostics.Metrics;
using Postfleet.Contracts.Stats;
using Postfleet.Contracts.Tracing;
using Postfleet.Core.Classification;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;

namespace Postfleet.QueueActors.Common;

/// <summary>Metrics and spans of the QueueActors module, documented in <c>docs/metrics.md</c>. Thread-safe.</summary>
internal static class QueueMetrics
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "Postfleet.QueueActors";

    private const string Outcome = "outcome";

    private const string Expired = "expired";

    private static readonly Meter Meter = new(MeterName);

    private static readonly Counter<long> Sent = Meter.CreateCounter<long>(
        "postfleet.handoff.offers", "{part}", "Parts offered to their queues; repeat says whether the part was offered before.");

    private static readonly Counter<long> Left = Meter.CreateCounter<long>(
        "postfleet.handoff.left_parts", "{part}", "Parts that this node left to the sweeper.");

    private static readonly UpDownCounter<long> Unacknowledged = Meter.CreateUpDownCounter<long>(
        "postfleet.handoff.unacknowledged_parts", "{part}", "Parts in the hand-off of this node that no queue has acknowledged.");

    private static readonly Counter<long> Swept = Meter.CreateCounter<long>(
        "postfleet.sweeper.parts", "{part}", "Unclaimed parts that the sweeper offered to their queues.");

    private static readonly Counter<long> Notifications = Meter.CreateCounter<long>(
        "postfleet.notifications", "{notification}", "Reports to senders (DSNs); dropped where the sender is the null reverse-path.");

    private static readonly Counter<long> Corrupt = Meter.CreateCounter<long>(
        "postfleet.corrupt.parts", "{part}", "Unreadable parts in the spool.");

    private static readonly Counter<long> CorruptEvents = Meter.CreateCounter<long>(
        "postfleet.corrupt.events", "{event}", "Unreadable rows of the journal.");

    private static readonly Counter<long> Delivered = Meter.CreateCounter<long>(
        "postfleet.delivered.recipients", "{recipient}", "Recipients whose host has taken responsibility.");

    private static readonly Counter<long> Deferred = Meter.CreateCounter<long>(
        "postfleet.deferred.recipients", "{recipient}", "Temporary failures of recipients; a recipient counts once per attempt.");

    private static readonly Counter<long> Bounced = Meter.CreateCounter<long>(
        "postfleet.bounced.recipients", "{recipient}", "Recipients that have failed finally.");

    private static readonly Histogram<double> QueueTime = Meter.CreateHistogram(
        "postfleet.queue.time", "s", "Time from acceptance to a final outcome, once per message, queue and kind of outcome.",
        tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1, 10, 60, 300, 1800, 3600, 14400, 86400, 432000] });

    /// <summary>Starts all counters at zero, so that a scrape has them before their first event.</summary>
    public static void Begin()
    {
        Sent.Add(0, Tag("repeat", false));
        foreach (var reason in (string[])["buffer", "window", "time"]) Left.Add(0, Tag("reason", reason));
        Unacknowledged.Add(0);
        Swept.Add(0);
        foreach (var result in (string[])["stored", "dropped"]) Notifications.Add(0, Tag(Outcome, result));
        Corrupt.Add(0);
        CorruptEvents.Add(0);
        var stream = Tag(StreamLabels.Name, QueueKey.DefaultStream);
        Delivered.Add(0, stream);
        Deferred.Add(0, stream);
        Bounced.Add(0, stream, Tag("class", Expired));
    }

    /// <summary>Counts the work of a hand-off between two readings of its counters.</summary>
    public static void HandedOff(HandOffCounts before, HandOffCounts after)
    {
        Add(Sent, after.Sent - before.Sent, "repeat", false);
        Add(Sent, after.Repeated - before.Repeated, "repeat", true);
        LeftToSweeper(after.Overflowed - before.Overflowed, "window");
        LeftToSweeper(after.TimedOut - before.TimedOut, "time");
    }

    /// <summary>Changes the number of unacknowledged parts of this node.</summary>
    public static void UnacknowledgedChanged(int by)
    {
        if (by != 0) Unacknowledged.Add(by);
    }

    public static void LeftToSweeper(long parts, string reason) => Add(Left, parts, "reason", reason);

    public static void Offered(int parts) => Swept.Add(parts);

    public static void NotificationStored() => Add(Notifications, 1, Outcome, "stored");

    public static void NotificationDropped() => Add(Notifications, 1, Outcome, "dropped");

    public static void PartCorrupt() => Corrupt.Add(1);

    public static void EventCorrupt() => CorruptEvents.Add(1);

    /// <summary>Counts the outcomes of a durable event.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="event">The event.</param>
    /// <param name="unsettled">The queue's unsettled reports, which name the recipients of expired messages.</param>
    /// <param name="classifier">Finds the class of the replies of failed recipients.</param>
    public static void Happened(
        QueueKey queue, IQueueEvent @event, IReadOnlyDictionary<MessageId, List<SettlementRequest>> unsettled,
        BounceClassifier classifier)
    {
        switch (@event)
        {
            case AttemptEnded e: Ended(queue, e, classifier); break;
            case MessageExpired e: ExpiredAt(queue, e, unsettled.GetValueOrDefault(e.Message)); break;
        }
    }

    /// <summary>Counts recipients of a new message that got none since they are on the suppression list.</summary>
    /// <param name="queue">The queue, which has not seen the message.</param>
    /// <param name="message">The message.</param>
    /// <param name="recipients">The number of recipients.</param>
    /// <param name="at">The time.</param>
    public static void Suppressed(QueueKey queue, MessageId message, int recipients, DateTimeOffset at)
    {
        var stream = Tag(StreamLabels.Name, StreamLabels.Shared.Of(queue));
        Bounced.Add(recipients, stream, Tag("class", "suppressed"));
        Conclude(message, at, stream, "bounced");
    }

    private static void Ended(QueueKey queue, AttemptEnded e, BounceClassifier classifier)
    {
        var stream = Tag(StreamLabels.Name, StreamLabels.Shared.Of(queue));
        var (isDelivered, isBounced) = (false, false);
        for (var i = 0; i < e.Recipients.Count; i++)
        {
            var outcome = e.Recipients[i];
            var recipients = outcome.Recipients.Count;
            switch (outcome.Disposition)
            {
                case Disposition.Delivered:
                    isDelivered = true;
                    Delivered.Add(recipients, stream);
                    break;
                case Disposition.Deferred: Deferred.Add(recipients, stream); break;
                case Disposition.Failed:
                    isBounced = true;
                    var found = classifier.Classify(outcome.Reply, outcome.RemoteHost) ?? BounceClass.Unknown;
                    Bounced.Add(recipients, stream, Tag("class", found.Name));
                    break;
            }
        }

        if (!isDelivered && !isBounced) return;
        if (isDelivered) Conclude(e.Message, e.At, stream, "delivered");
        if (isBounced) Conclude(e.Message, e.At, stream, "bounced");
    }

    private static void ExpiredAt(QueueKey queue, MessageExpired e, List<SettlementRequest>? reports)
    {
        var stream = Tag(StreamLabels.Name, StreamLabels.Shared.Of(queue));
        var recipients = reports?.Find(report => report.Attempt == e.Attempt)?.Reported.Sum(outcome => outcome.Recipients.Count) ?? 0;
        Bounced.Add(recipients, stream, Tag("class", Expired));
        Conclude(e.Message, e.At, stream, Expired);
    }

    private static void Conclude(MessageId message, DateTimeOffset at, KeyValuePair<string, object?> stream, string outcome)
    {
        // The first 48 bits of an id are the time of acceptance in milliseconds.
        var time = TimeSpan.FromMilliseconds(Math.Max(0, at.ToUnixTimeMilliseconds() - (long)(message.High >> 16)));
        QueueTime.Record(time.TotalSeconds, stream, Tag(Outcome, outcome));
        MessageTrace.Report("queued", ActivityKind.Internal, message, at, time, ("postfleet.outcome", outcome));
    }

    private static KeyValuePair<string, object?> Tag(string name, object? value) => new(name, value);

    private static void Add(Counter<long> counter, long count, string tag, object value)
    {
        if (count > 0) counter.Add(count, new KeyValuePair<string, object?>(tag, value));
    }
}
