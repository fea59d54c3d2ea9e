using Microsoft.Extensions.Logging;
using Postfleet.Core.Queueing;

namespace Postfleet.QueueActors.Common;

/// <summary>Log lines of the QueueActors module. Event ids are in the range 2001 to 2999.</summary>
internal static partial class QueueLog
{
    [LoggerMessage(
        2001, LogLevel.Information, "{Queue} recovered with {Messages} messages, {InFlight} in flight", EventName = "queue recovered")]
    public static partial void Recovered(this ILogger logger, QueueKey queue, int messages, int inFlight);

    [LoggerMessage(
        2002, LogLevel.Information, "{MessageId} of {Queue} deferred after attempt {Attempt} until {NextDue}", EventName = "deferred")]
    public static partial void Deferred(this ILogger logger, MessageId messageId, QueueKey queue, int attempt, DateTimeOffset nextDue);

    [LoggerMessage(2003, LogLevel.Warning, "{MessageId} of {Queue} expired: {Reply}", EventName = "expired")]
    public static partial void Expired(this ILogger logger, MessageId messageId, QueueKey queue, string reply);

    [LoggerMessage(2004, LogLevel.Information, "destination of {Queue} unavailable, next attempt in {Pause}: {Reply}",
        EventName = "site deferred")]
    public static partial void SiteDeferred(this ILogger logger, QueueKey queue, TimeSpan pause, string reply);

    [LoggerMessage(2005, LogLevel.Error, "the journal of {Queue} cannot be written, the queue restarts from its durable events",
        EventName = "journal failed")]
    public static partial void JournalFailed(this ILogger logger, Exception cause, QueueKey queue);

    [LoggerMessage(
        2006, LogLevel.Error, "{MessageId} of {Queue} crashed a delivery worker, the message is held after {CrashesToHold} crashes",
        EventName = "crashed")]
    public static partial void Crashed(this ILogger logger, MessageId messageId, QueueKey queue, int crashesToHold);

    [LoggerMessage(
        2007, LogLevel.Warning, "old events of {Queue} cannot be deleted, the next compaction tries again",
        EventName = "compaction failed")]
    public static partial void CompactionFailed(this ILogger logger, Exception cause, QueueKey queue);

    [LoggerMessage(2008, LogLevel.Error, "{Operation} of {Queue} failed", EventName = "queue operation failed")]
    public static partial void OperationFailed(this ILogger logger, Exception cause, QueueKey queue, string operation);

    [LoggerMessage(
        2009, LogLevel.Information, "settled {MessageId} of {Queue}: final {Final}, {Failures} failures, notification {NotificationId}",
        EventName = "settled")]
    public static partial void Settled(
        this ILogger logger, MessageId messageId, QueueKey queue, bool final, int failures, string notificationId);

    [LoggerMessage(2010, LogLevel.Warning, "settling {MessageId} of {Queue} failed temporarily: {Reason}", EventName = "settle failed")]
    public static partial void SettleFailed(this ILogger logger, MessageId messageId, QueueKey queue, string reason);

    [LoggerMessage(2011, LogLevel.Error, "{MessageId} of {Queue} is corrupt in the spool and was set aside", EventName = "part corrupt")]
    public static partial void PartCorrupt(this ILogger logger, Exception cause, MessageId messageId, QueueKey queue);

    [LoggerMessage(
        2012, LogLevel.Warning, "{MessageId} of {Queue} failed, no report since the sender is the null reverse-path: {Reply}",
        EventName = "bounce dropped")]
    public static partial void BounceDropped(this ILogger logger, MessageId messageId, QueueKey queue, string reply);

    [LoggerMessage(2013, LogLevel.Information,
        "sweeper offered {Parts} unclaimed parts to their queues, skipped {PassedOver} whose queues do not respond",
        EventName = "swept")]
    public static partial void Swept(this ILogger logger, int parts, int passedOver);

    [LoggerMessage(2014, LogLevel.Warning, "sweeper cannot read the spool", EventName = "sweep failed")]
    public static partial void SweepFailed(this ILogger logger, Exception cause);

    [LoggerMessage(2015, LogLevel.Error, "internal error while settling {MessageId} of {Queue}, the settlement is repeated",
        EventName = "settle broken")]
    public static partial void SettleBroken(this ILogger logger, Exception cause, MessageId messageId, QueueKey queue);

    [LoggerMessage(2016, LogLevel.Warning, "parts not acknowledged by their queues within {Limit} are left to the sweeper",
        EventName = "left to sweeper")]
    public static partial void LeftToSweeper(this ILogger logger, TimeSpan limit);

    [LoggerMessage(
        2017, LogLevel.Error, "{Queue} cannot be recovered from the journal, next attempt in {Pause}", EventName = "recovery failed")]
    public static partial void RecoveryFailed(this ILogger logger, Exception cause, QueueKey queue, TimeSpan pause);

    [LoggerMessage(2018, LogLevel.Critical,
        "event {SequenceNr} of {Queue} is corrupt in the journal and was skipped: {Reason}; content {Bytes} ({Manifest})",
        EventName = "event corrupt")]
    public static partial void EventCorrupt(
        this ILogger logger, QueueKey queue, long sequenceNr, string manifest, string reason, string bytes);

    [LoggerMessage(2019, LogLevel.Warning, "{Queue} has lost events, its {Parts} parts in the spool are offered again",
        EventName = "queue mended")]
    public static partial void Mended(this ILogger logger, QueueKey queue, int parts);

    [LoggerMessage(2020, LogLevel.Warning, "{MessageId} of {Queue} is delayed, a delay report is sent: {Reply}", EventName = "late")]
    public static partial void Late(this ILogger logger, MessageId messageId, QueueKey queue, string reply);

    [LoggerMessage(2021, LogLevel.Information, "{MessageId} of {Queue} failed, no report as requested by the sender: {Reply}",
        EventName = "bounce not wanted")]
    public static partial void BounceNotWanted(this ILogger logger, MessageId messageId, QueueKey queue, string reply);

    [LoggerMessage(
        2022, LogLevel.Warning, "{Parts} accepted parts wait for their queues, clients are delayed meanwhile",
        EventName = "queues behind")]
    public static partial void QueuesBehind(this ILogger logger, int parts);

    [LoggerMessage(2023, LogLevel.Information, "action {Action} ({Verb}) was applied to {Messages} messages of {Queue}",
        EventName = "action applied")]
    public static partial void ActionApplied(this ILogger logger, int action, MessageAction verb, int messages, QueueKey queue);

    [LoggerMessage(2024, LogLevel.Information, "{MessageId} of {Queue} was deleted by action {Action}", EventName = "deleted")]
    public static partial void Deleted(this ILogger logger, MessageId messageId, QueueKey queue, int action);

    [LoggerMessage(2025, LogLevel.Information, "{MessageId} of {Queue} was moved to {Target} by action {Action}", EventName = "moved")]
    public static partial void Moved(this ILogger logger, MessageId messageId, QueueKey queue, QueueKey target, int action);

    [LoggerMessage(2026, LogLevel.Warning, "{Takeovers} changes of owner of queues are not in the history yet, they are written again",
        EventName = "takeovers not written")]
    public static partial void TakeoversNotWritten(this ILogger logger, Exception cause, int takeovers);

    [LoggerMessage(2027, LogLevel.Warning, "{Takeovers} changes of owner of queues are not in the history, since too many waited",
        EventName = "takeovers dropped")]
    public static partial void TakeoversDropped(this ILogger logger, int takeovers);

    [LoggerMessage(2030, LogLevel.Information,
        "{MessageId}: notification {NotificationId} reports {Recipients} recipients in {Parts} parts",
        EventName = "reported")]
    public static partial void Reported(this ILogger logger, MessageId messageId, int recipients, int parts, MessageId notificationId);

    [LoggerMessage(2031, LogLevel.Warning, "creating the report about {MessageId} failed temporarily: {Reason}",
        EventName = "report failed")]
    public static partial void ReportFailed(this ILogger logger, MessageId messageId, string reason);

    [LoggerMessage(2032, LogLevel.Error,
        "failures of {MessageId} cannot be reported since their rows cannot be decoded, the rows are kept",
        EventName = "report corrupt")]
    public static partial void ReportCorrupt(this ILogger logger, Exception cause, MessageId messageId);

    [LoggerMessage(2033, LogLevel.Error, "internal error while creating the report about {MessageId}, the report is repeated",
        EventName = "report broken")]
    public static partial void ReportBroken(this ILogger logger, Exception cause, MessageId messageId);

    [LoggerMessage(2034, LogLevel.Warning,
        "report {NotificationId} about {MessageId} to an untrusted sender names {Named} recipients and omits {Unnamed}",
        EventName = "report shortened")]
    public static partial void ReportShortened(this ILogger logger, MessageId messageId, MessageId notificationId, int named, int unnamed);

    [LoggerMessage(2035, LogLevel.Warning, "due reports cannot be read from the spool, the next sweep comes soon",
        EventName = "report sweep failed")]
    public static partial void ReportSweepFailed(this ILogger logger, Exception cause);

    [LoggerMessage(2036, LogLevel.Information, "{MessageId} of {Queue} failed for {Recipients}: {Reply}", EventName = "failed")]
    public static partial void Failed(this ILogger logger, MessageId messageId, QueueKey queue, string recipients, string reply);

    [LoggerMessage(2037, LogLevel.Warning,
        "{MessageId}: recipients on the suppression list go to their queues, since they could not be ended",
        EventName = "suppression delayed")]
    public static partial void SuppressionDelayed(this ILogger logger, Exception cause, MessageId messageId);
}
