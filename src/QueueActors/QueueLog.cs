using Microsoft.Extensions.Logging;
using Postfleet.Core.Queueing;

namespace Postfleet.QueueActors;

/// <summary>The room's log lines. The next free id is 2009.</summary>
internal static partial class QueueLog
{
    [LoggerMessage(2001, LogLevel.Information, "queue recovered {Queue}: {Messages} messages, {InFlight} in flight", EventName = "queue recovered")]
    public static partial void Recovered(this ILogger logger, QueueKey queue, int messages, int inFlight);

    [LoggerMessage(2002, LogLevel.Information, "{MessageId} of {Queue}, attempt {Attempt}: deferred until {NextDue}", EventName = "deferred")]
    public static partial void Deferred(this ILogger logger, MessageId messageId, QueueKey queue, int attempt, DateTimeOffset nextDue);

    [LoggerMessage(2003, LogLevel.Warning, "{MessageId} of {Queue} expired: {Reply}", EventName = "expired")]
    public static partial void Expired(this ILogger logger, MessageId messageId, QueueKey queue, string reply);

    [LoggerMessage(2004, LogLevel.Information, "the site of {Queue} is left alone until {Until}: {Reply}", EventName = "site deferred")]
    public static partial void SiteDeferred(this ILogger logger, QueueKey queue, DateTimeOffset until, string reply);

    [LoggerMessage(2005, LogLevel.Error, "the journal of {Queue} could not be written; the queue starts again from what is durable",
        EventName = "journal failed")]
    public static partial void JournalFailed(this ILogger logger, Exception cause, QueueKey queue);

    [LoggerMessage(2006, LogLevel.Error, "{MessageId} of {Queue} crashed a worker; it is held after {CrashesToHold} crashes", EventName = "crashed")]
    public static partial void Crashed(this ILogger logger, MessageId messageId, QueueKey queue, int crashesToHold);

    [LoggerMessage(2007, LogLevel.Warning, "old events of {Queue} could not be deleted; the next compaction does it", EventName = "compaction failed")]
    public static partial void CompactionFailed(this ILogger logger, Exception cause, QueueKey queue);

    [LoggerMessage(2008, LogLevel.Error, "{Operation} of {Queue} failed", EventName = "queue operation failed")]
    public static partial void OperationFailed(this ILogger logger, Exception cause, QueueKey queue, string operation);
}
