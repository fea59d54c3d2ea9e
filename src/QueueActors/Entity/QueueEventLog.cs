using Microsoft.Extensions.Logging;
using Postfleet.Contracts.Persistence;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Common;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.State;

namespace Postfleet.QueueActors.Entity;

/// <summary>Logs the events of queues.</summary>
internal static class QueueEventLog
{
    private const int MaxBytesShown = 1024;

    /// <summary>Logs a durable event.</summary>
    public static void LogEvent(this ILogger logger, QueueKey queue, IQueueEvent @event)
    {
        switch (@event)
        {
            case AttemptEnded { Result: AttemptResult.Crashed } e: logger.Crashed(e.Message, queue, QueueRules.CrashesToHold); break;
            case AttemptEnded { Result: AttemptResult.Attempted, NextDue: { } next } e:
                logger.Deferred(e.Message, queue, e.Attempt, next); break;
            case MessageExpired e: logger.Expired(e.Message, queue, e.Reply.ToString()); break;
            case MessageDelayed e: logger.Late(e.Message, queue, e.Reply.ToString()); break;
            case SiteDeferred e: logger.SiteDeferred(queue, e.Until - e.At, e.Reply.ToString()); break;
        }
    }

    /// <summary>Logs an undecodable row, including its bytes, since the next compaction deletes the row.</summary>
    public static void LogUnreadableRow(this ILogger logger, QueueKey queue, long number, UnreadableRow row)
    {
        var shown = Convert.ToBase64String(row.Bytes.AsSpan(0, Math.Min(row.Bytes.Length, MaxBytesShown)));
        logger.EventCorrupt(queue, number, row.Manifest, row.Reason, shown);
        QueueMetrics.EventCorrupt();
    }
}
