using Microsoft.Extensions.Logging;
using Postfleet.Contracts.Persistence;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.State;

namespace Postfleet.QueueActors;

/// <summary>What the log says of a queue's events.</summary>
internal static class QueueNews
{
    private const int MaxBytesShown = 1024;

    /// <summary>An event has become durable.</summary>
    public static void News(this ILogger logger, QueueKey queue, IQueueEvent @event)
    {
        switch (@event)
        {
            case AttemptEnded { Result: AttemptResult.Crashed } e: logger.Crashed(e.Message, queue, QueueRules.CrashesToHold); break;
            case AttemptEnded { Result: AttemptResult.Attempted, NextDue: { } next } e:
                logger.Deferred(e.Message, queue, e.Attempt, next); break;
            case MessageExpired e: logger.Expired(e.Message, queue, e.Reply.ToString()); break;
            case MessageDelayed e: logger.Late(e.Message, queue, e.Reply.ToString()); break;
            case SiteDeferred e: logger.SiteDeferred(queue, e.Until, e.Reply.ToString()); break;
        }
    }

    /// <summary>A row could not be read. Its bytes go to the log, since the next compaction deletes the row.</summary>
    public static void SetAside(this ILogger logger, QueueKey queue, long number, UnreadableRow row)
    {
        var shown = Convert.ToBase64String(row.Bytes.AsSpan(0, Math.Min(row.Bytes.Length, MaxBytesShown)));
        logger.EventCorrupt(queue, number, row.Manifest, row.Reason, shown);
        QueueMetrics.EventCorrupt();
    }
}
