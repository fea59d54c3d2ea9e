using Microsoft.Extensions.Logging;

namespace Postfleet.Journal.Common;

/// <summary>The log lines of this module, with ids from 9001 on.</summary>
internal static partial class JournalLog
{
    [LoggerMessage(
        9001, LogLevel.Information, "deleted the last journal rows of {Rows} queues that have been empty for a day",
        EventName = "journal swept")]
    public static partial void JournalSwept(ILogger logger, long rows);

    [LoggerMessage(9002, LogLevel.Warning, "the journal sweep of empty queues failed; next sweep in an hour",
        EventName = "journal sweep failed")]
    public static partial void JournalSweepFailed(ILogger logger, Exception cause);
}
