using Microsoft.Extensions.Logging;
using Postfleet.Core.Queueing;

namespace Postfleet.QueueActors;

/// <summary>The room's log lines, with ids from 2001 on.</summary>
internal static partial class QueueLog
{
    [LoggerMessage(
        2001, LogLevel.Information, "queue recovered {Queue}: {Messages} messages, {InFlight} in flight", EventName = "queue recovered")]
    public static partial void Recovered(this ILogger logger, QueueKey queue, int messages, int inFlight);

    [LoggerMessage(
        2002, LogLevel.Information, "{MessageId} of {Queue}, attempt {Attempt}: deferred until {NextDue}", EventName = "deferred")]
    public static partial void Deferred(this ILogger logger, MessageId messageId, QueueKey queue, int attempt, DateTimeOffset nextDue);

    [LoggerMessage(2003, LogLevel.Warning, "{MessageId} of {Queue} expired: {Reply}", EventName = "expired")]
    public static partial void Expired(this ILogger logger, MessageId messageId, QueueKey queue, string reply);

    [LoggerMessage(2004, LogLevel.Information, "the site of {Queue} is left alone until {Until}: {Reply}", EventName = "site deferred")]
    public static partial void SiteDeferred(this ILogger logger, QueueKey queue, DateTimeOffset until, string reply);

    [LoggerMessage(2005, LogLevel.Error, "the journal of {Queue} could not be written; the queue starts again from what is durable",
        EventName = "journal failed")]
    public static partial void JournalFailed(this ILogger logger, Exception cause, QueueKey queue);

    [LoggerMessage(
        2006, LogLevel.Error, "{MessageId} of {Queue} crashed a worker; it is held after {CrashesToHold} crashes", EventName = "crashed")]
    public static partial void Crashed(this ILogger logger, MessageId messageId, QueueKey queue, int crashesToHold);

    [LoggerMessage(
        2007, LogLevel.Warning, "old events of {Queue} could not be deleted; the next compaction does it", EventName = "compaction failed")]
    public static partial void CompactionFailed(this ILogger logger, Exception cause, QueueKey queue);

    [LoggerMessage(2008, LogLevel.Error, "{Operation} of {Queue} failed", EventName = "queue operation failed")]
    public static partial void OperationFailed(this ILogger logger, Exception cause, QueueKey queue, string operation);

    [LoggerMessage(
        2009, LogLevel.Information, "settled {MessageId} of {Queue}: final {Final}, {Failures} failures, notification {NotificationId}",
        EventName = "settled")]
    public static partial void Settled(
        this ILogger logger, MessageId messageId, QueueKey queue, bool final, int failures, string notificationId);

    [LoggerMessage(2010, LogLevel.Warning, "{MessageId} of {Queue} could not be settled now: {Reason}", EventName = "settle failed")]
    public static partial void SettleFailed(this ILogger logger, MessageId messageId, QueueKey queue, string reason);

    [LoggerMessage(2011, LogLevel.Error, "{MessageId} of {Queue} is corrupt in storage and is set aside", EventName = "part corrupt")]
    public static partial void PartCorrupt(this ILogger logger, Exception cause, MessageId messageId, QueueKey queue);

    [LoggerMessage(
        2012, LogLevel.Warning, "{MessageId} of {Queue} failed and has no sender to tell: {Reply}", EventName = "bounce dropped")]
    public static partial void BounceDropped(this ILogger logger, MessageId messageId, QueueKey queue, string reply);

    [LoggerMessage(2013, LogLevel.Information,
        "the sweeper offered {Parts} parts that no queue had claimed, and passed over {PassedOver} whose queues do not answer",
        EventName = "swept")]
    public static partial void Swept(this ILogger logger, int parts, int passedOver);

    [LoggerMessage(2014, LogLevel.Warning, "the sweeper could not read the spool", EventName = "sweep failed")]
    public static partial void SweepFailed(this ILogger logger, Exception cause);

    [LoggerMessage(2015, LogLevel.Error, "settling {MessageId} of {Queue} failed in an unforeseen way; it is tried again",
        EventName = "settle broken")]
    public static partial void SettleBroken(this ILogger logger, Exception cause, MessageId messageId, QueueKey queue);

    [LoggerMessage(2016, LogLevel.Warning, "parts that no queue has acknowledged within {Limit} are left to the sweeper",
        EventName = "left to sweeper")]
    public static partial void LeftToSweeper(this ILogger logger, TimeSpan limit);

    [LoggerMessage(
        2017, LogLevel.Error, "{Queue} could not be read from the journal; it is tried again in {Pause}", EventName = "recovery failed")]
    public static partial void RecoveryFailed(this ILogger logger, Exception cause, QueueKey queue, TimeSpan pause);

    [LoggerMessage(2018, LogLevel.Critical,
        "event {SequenceNr} of {Queue} is corrupt in the journal and is set aside: {Reason}; it was {Bytes} ({Manifest})",
        EventName = "event corrupt")]
    public static partial void EventCorrupt(
        this ILogger logger, QueueKey queue, long sequenceNr, string manifest, string reason, string bytes);

    [LoggerMessage(2019, LogLevel.Warning, "{Queue} has lost events: its {Parts} parts in the spool are offered to it again",
        EventName = "queue mended")]
    public static partial void Mended(this ILogger logger, QueueKey queue, int parts);

    [LoggerMessage(2020, LogLevel.Warning, "{MessageId} of {Queue} is late, and its sender is told so: {Reply}", EventName = "late")]
    public static partial void Late(this ILogger logger, MessageId messageId, QueueKey queue, string reply);

    [LoggerMessage(2021, LogLevel.Information, "{MessageId} of {Queue} failed, and its sender wants no report: {Reply}",
        EventName = "bounce not wanted")]
    public static partial void BounceNotWanted(this ILogger logger, MessageId messageId, QueueKey queue, string reply);

    [LoggerMessage(
        2022, LogLevel.Warning, "{Parts} parts that were accepted here wait for their queues to take them; clients are held up meanwhile",
        EventName = "queues behind")]
    public static partial void QueuesBehind(this ILogger logger, int parts);

    [LoggerMessage(2030, LogLevel.Information,
        "{MessageId}: the sender is told of {Recipients} recipients in {Parts} parts by notification {NotificationId}",
        EventName = "reported")]
    public static partial void Reported(this ILogger logger, MessageId messageId, int recipients, int parts, MessageId notificationId);

    [LoggerMessage(2031, LogLevel.Warning, "the report about {MessageId} could not be made now, and is tried again: {Reason}",
        EventName = "report failed")]
    public static partial void ReportFailed(this ILogger logger, MessageId messageId, string reason);

    [LoggerMessage(2032, LogLevel.Error,
        "{MessageId} has failures that its sender cannot be told of, since their rows cannot be read; the rows are kept",
        EventName = "report corrupt")]
    public static partial void ReportCorrupt(this ILogger logger, Exception cause, MessageId messageId);

    [LoggerMessage(2033, LogLevel.Error, "making the report about {MessageId} failed in an unforeseen way; it is tried again",
        EventName = "report broken")]
    public static partial void ReportBroken(this ILogger logger, Exception cause, MessageId messageId);

    [LoggerMessage(2034, LogLevel.Warning,
        "{MessageId} came from a stranger: its report {NotificationId} names {Named} recipients, and leaves {Unnamed} others out",
        EventName = "report shortened")]
    public static partial void ReportShortened(this ILogger logger, MessageId messageId, MessageId notificationId, int named, int unnamed);

    [LoggerMessage(2035, LogLevel.Warning, "the reports that are due could not be read from the spool; the next look comes soon",
        EventName = "report sweep failed")]
    public static partial void ReportSweepFailed(this ILogger logger, Exception cause);

    [LoggerMessage(2036, LogLevel.Information, "{MessageId} of {Queue} failed for {Recipients}: {Reply}", EventName = "failed")]
    public static partial void Failed(this ILogger logger, MessageId messageId, QueueKey queue, string recipients, string reply);
}
