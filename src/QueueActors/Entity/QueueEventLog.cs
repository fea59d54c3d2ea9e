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
            case ActionApplied e: LogAction(logger, queue, e); break;
            case SiteDeferred { IsEnd: false } e: logger.SiteDeferred(queue, e.Until - e.At, e.Reply.ToString()); break;
        }
    }

    // Failures with a reply of this program have a line of their own when they are settled; a deletion has no other line.
    private static void LogAction(ILogger logger, QueueKey queue, ActionApplied e)
    {
        logger.ActionApplied(e.Number, e.Action, e.Messages.Count, queue);
        if (e.Action != MessageAction.Delete) return;
        foreach (var message in e.Messages) logger.Deleted(message.Message, queue, e.Number);
    }

    /// <summary>Logs an undecodable row, including its bytes, since the next compaction deletes the row.</summary>
    public static void LogUnreadableRow(this ILogger logger, QueueKey queue, long number, UnreadableRow row)
    {
        var shown = Convert.ToBase64String(row.Bytes.AsSpan(0, Math.Min(row.Bytes.Length, MaxBytesShown)));
        logger.EventCorrupt(queue, number, row.Manifest, row.Reason, shown);
        QueueMetrics.EventCorrupt();
    }
}
