using Microsoft.Extensions.Logging;
using Postfleet.Spool.Storage;

namespace Postfleet.Spool;

/// <summary>What the spool says. Bodies, addresses and connection strings never appear.</summary>
internal static partial class SpoolLog
{
    [LoggerMessage(3001, LogLevel.Information, "Spool open: {Storage}")]
    public static partial void Opened(ILogger logger, string storage);

    [LoggerMessage(3002, LogLevel.Information, "Spool closed")]
    public static partial void Closed(ILogger logger);

    [LoggerMessage(3003, LogLevel.Error, "Spool writes fail ({Kind}); {Operations} refused since the last such line")]
    public static partial void WritesFail(ILogger logger, Exception cause, FailureKind kind, int operations);

    [LoggerMessage(3004, LogLevel.Information, "Spool writes work again; {Operations} more had been refused")]
    public static partial void WritesWorkAgain(ILogger logger, int operations);

    [LoggerMessage(3005, LogLevel.Critical, "Fault in the spool's writer; it goes on")]
    public static partial void WriterFault(ILogger logger, Exception fault);

    [LoggerMessage(3006, LogLevel.Warning, "PostgreSQL runs with fsync=off: acknowledged mail is lost when its host crashes")]
    public static partial void FsyncOff(ILogger logger);

    [LoggerMessage(3007, LogLevel.Warning, "The spool does not answer a probe")]
    public static partial void ProbeFailed(ILogger logger, Exception cause);

    [LoggerMessage(3009, LogLevel.Error, "A part that no queue has cannot be read, and stays where it is: {Row}", EventName = "part damaged")]
    public static partial void Damaged(ILogger logger, string row);

    [LoggerMessage(EventId = 3008, Message = "The spool {Does} new mail: {FreeMegabytes} MB are free on its volume")]
    public static partial void RoomChanged(ILogger logger, LogLevel level, string does, long freeMegabytes);
}
