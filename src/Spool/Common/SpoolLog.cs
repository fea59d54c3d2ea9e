using Microsoft.Extensions.Logging;
using Postfleet.Storage;

namespace Postfleet.Spool.Common;

/// <summary>The spool's log lines, with ids from 4001 on. Bodies, addresses and connection strings never appear.</summary>
internal static partial class SpoolLog
{
    [LoggerMessage(4001, LogLevel.Information, "Spool open: {Storage}", EventName = "spool open")]
    public static partial void Opened(ILogger logger, string storage);

    [LoggerMessage(4002, LogLevel.Information, "Spool closed", EventName = "spool closed")]
    public static partial void Closed(ILogger logger);

    [LoggerMessage(4003, LogLevel.Error, "Spool writes fail ({Kind}); {Operations} refused since the last such line",
        EventName = "spool writes fail")]
    public static partial void WritesFail(ILogger logger, Exception cause, FailureKind kind, int operations);

    [LoggerMessage(4004, LogLevel.Information, "Spool writes succeed again; {Operations} more operations were refused",
        EventName = "spool writes work")]
    public static partial void WritesWorkAgain(ILogger logger, int operations);

    [LoggerMessage(4005, LogLevel.Critical, "Unexpected error in the writer of the spool, which continues",
        EventName = "spool writer fault")]
    public static partial void WriterFault(ILogger logger, Exception fault);

    [LoggerMessage(4006, LogLevel.Warning, "PostgreSQL runs with fsync=off: acknowledged mail is lost when its host crashes",
        EventName = "fsync off")]
    public static partial void FsyncOff(ILogger logger);

    [LoggerMessage(4007, LogLevel.Warning, "The spool does not answer a probe", EventName = "spool probe failed")]
    public static partial void ProbeFailed(ILogger logger, Exception cause);

    [LoggerMessage(EventId = 4008, Message = "The spool {Does} new mail: {FreeMegabytes} MB are free on its volume",
        EventName = "spool space changed")]
    public static partial void SpaceChanged(ILogger logger, LogLevel level, string does, long freeMegabytes);

    [LoggerMessage(
        4009, LogLevel.Error, "The row of an unclaimed part cannot be read, and is skipped and kept: {Row}", EventName = "part damaged")]
    public static partial void Damaged(ILogger logger, string row);

    [LoggerMessage(4010, LogLevel.Error, "History fails: {Consequence}", EventName = "history fails")]
    public static partial void HistoryFails(ILogger logger, Exception? cause, string consequence);

    [LoggerMessage(4011, LogLevel.Warning, "Events of history were dropped: {Reason}", EventName = "history dropped")]
    public static partial void HistoryDropped(ILogger logger, string reason);

    [LoggerMessage(EventId = 4012, Message = "History is {State}: {FreeMegabytes} MB are free on the volume of the spool",
        EventName = "history space changed")]
    public static partial void HistorySpaceChanged(ILogger logger, LogLevel level, string state, long freeMegabytes);

    [LoggerMessage(
        4013, LogLevel.Warning, "Expired rows are not all deleted, next attempt in a minute", EventName = "key sweep failed")]
    public static partial void KeySweepFailed(ILogger logger, Exception cause);

    [LoggerMessage(
        4014, LogLevel.Warning, "Rows of greylisting of networks with too many are not deleted, next attempt when they grow again",
        EventName = "greylist trim failed")]
    public static partial void GreylistTrimFailed(ILogger logger, Exception cause);
}
