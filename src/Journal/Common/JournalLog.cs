using Microsoft.Extensions.Logging;

namespace Postfleet.Journal.Common;

/// <summary>The room's log lines, with ids from 9001 on.</summary>
internal static partial class JournalLog
{
    [LoggerMessage(
        9001, LogLevel.Information, "the journal let go of {Rows} queues that have been empty for a day", EventName = "journal swept")]
    public static partial void JournalSwept(ILogger logger, long rows);

    [LoggerMessage(9002, LogLevel.Warning, "the journal could not be swept of the rows of empty queues; it is tried again in an hour",
        EventName = "journal sweep failed")]
    public static partial void JournalSweepFailed(ILogger logger, Exception cause);
}
