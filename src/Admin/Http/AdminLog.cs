using Microsoft.Extensions.Logging;
using Postfleet.Core.Queueing;

namespace Postfleet.Admin.Http;

/// <summary>The log lines of the admin API, with ids from 6001 on. Tokens and bodies never appear.</summary>
internal static partial class AdminLog
{
    [LoggerMessage(6001, LogLevel.Information, "{Method} {Path} by {Token} from {Client}: {Status} {Location}", EventName = "api change")]
    public static partial void Changed(
        ILogger logger, string method, string path, string token, string client, int status, string location);

    [LoggerMessage(6002, LogLevel.Error, "{Method} {Path} failed", EventName = "api request failed")]
    public static partial void RequestFailed(ILogger logger, Exception cause, string method, string path);

    [LoggerMessage(
        6005, LogLevel.Warning, "no events are read for the streams: the storage does not answer", EventName = "events unavailable")]
    public static partial void EventsUnavailable(ILogger logger, Exception cause);

    [LoggerMessage(6006, LogLevel.Warning,
        "events are held back for {ElapsedSec:0} s by an open transaction: the oldest backend_xid in pg_stat_activity",
        EventName = "events delayed")]
    public static partial void EventsDelayed(ILogger logger, double elapsedSec);

    [LoggerMessage(6007, LogLevel.Error, "the reader of events has failed; the streams of the node end", EventName = "events failed")]
    public static partial void EventsFailed(ILogger logger, Exception cause);

    [LoggerMessage(6008, LogLevel.Information, "stream of events for {Token}, client {Client}: cut off, {Reason}",
        EventName = "event stream cut off")]
    public static partial void EventStreamCut(ILogger logger, string token, string client, string reason);

    [LoggerMessage(6009, LogLevel.Information, "the tokens of the API are read again: a token file has changed",
        EventName = "token file read")]
    public static partial void TokensRead(ILogger logger);

    [LoggerMessage(6013, LogLevel.Warning, "{Reason}; the tokens read before stay in force", EventName = "token file unusable")]
    public static partial void TokensUnusable(ILogger logger, string reason);

    [LoggerMessage(6003, LogLevel.Information,
        "accepted {MessageId} from {From} by {Token}, client {Client}: {Size} octets for {Count} recipients {Recipients} " +
        "in {ElapsedMs} ms, priority {Priority}",
        EventName = "accepted over http")]
    public static partial void Injected(
        ILogger logger, MessageId messageId, string from, string token, string client, long size, int count, string recipients,
        double elapsedMs, int? priority);

    [LoggerMessage(6004, LogLevel.Information,
        "message with the idempotency key of {MessageId} by {Token}, client {Client}, is a repetition and not stored again",
        EventName = "repeated over http")]
    public static partial void Repeated(ILogger logger, MessageId messageId, string token, string client);

    [LoggerMessage(6010, LogLevel.Information, "further recipients of {MessageId}: {Recipients}", EventName = "accepted over http also")]
    public static partial void InjectedAlso(ILogger logger, MessageId messageId, string recipients);

    [LoggerMessage(
        6011, LogLevel.Information, "{MessageId} by {Token}, for {Recipients} discarded by check {Check}",
        EventName = "discarded over http")]
    public static partial void Discarded(ILogger logger, MessageId messageId, string token, string recipients, string check);

    [LoggerMessage(6012, LogLevel.Warning, "check {Check} gave no verdict on {MessageId} by {Token}: {Reason}",
        EventName = "check failed over http")]
    public static partial void CheckFailed(ILogger logger, string check, MessageId messageId, string token, string reason);
}
