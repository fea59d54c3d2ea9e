using Microsoft.Extensions.Logging;
using Postfleet.Contracts.Operations;

namespace Postfleet.Operations.Common;

/// <summary>
/// The log lines of operators' actions, of users and of reports to other operators. Event ids 13000 to 13999; an id is never used again
/// for another event.
/// </summary>
internal static partial class OperationsLog
{
    [LoggerMessage(13001, LogLevel.Information, "action {Action} ordered by {Author}: {Kind} {Selector}, reason: {Reason}",
        EventName = "action ordered")]
    public static partial void Ordered(this ILogger logger, int action, string author, ActionKind kind, string selector, string reason);

    [LoggerMessage(13002, LogLevel.Information, "action {Action} is {State}: {Kind} in {Queues} queues, {Messages} messages",
        EventName = "action ended")]
    public static partial void Ended(this ILogger logger, int action, ActionState state, ActionKind kind, int queues, long messages);

    [LoggerMessage(13003, LogLevel.Warning, "action {Action} cannot go on, the next try is in {Pause}", EventName = "action stalled")]
    public static partial void Stalled(this ILogger logger, Exception cause, int action, TimeSpan pause);

    [LoggerMessage(13004, LogLevel.Error, "a row of the actions' journal is damaged, its action is lost: {Reason}",
        EventName = "action row corrupt")]
    public static partial void RowCorrupt(this ILogger logger, string reason);

    [LoggerMessage(13005, LogLevel.Error, "the actions' journal does not take a row, the owner of the actions starts again",
        EventName = "action journal failed")]
    public static partial void JournalFailed(this ILogger logger, Exception cause);

    [LoggerMessage(13006, LogLevel.Warning,
        "the owner of the actions has not answered for {Limit} since the start, queues start attempts as if nothing were suspended",
        EventName = "suspensions unknown")]
    public static partial void SuspensionsUnknown(this ILogger logger, TimeSpan limit);

    [LoggerMessage(13007, LogLevel.Warning,
        "changes of users unknown for {Limit}: each user is read from the storage, and users cannot log in while it does not answer",
        EventName = "users unknown")]
    public static partial void UsersUnknown(this ILogger logger, Exception cause, TimeSpan limit);

    [LoggerMessage(13008, LogLevel.Information, "changes of users known again", EventName = "users known again")]
    public static partial void UsersKnownAgain(this ILogger logger);

    [LoggerMessage(13009, LogLevel.Error, "data of user {User} damaged, the user counts as disabled: {Reason}",
        EventName = "user row damaged")]
    public static partial void UserDamaged(this ILogger logger, string user, string reason);

    [LoggerMessage(13010, LogLevel.Critical, "Unexpected error in the limits of users, which continue", EventName = "limits fault")]
    public static partial void BudgetFault(this ILogger logger, Exception fault);

    [LoggerMessage(13011, LogLevel.Information, "{Reports} DMARC aggregate reports sent", EventName = "dmarc reports sent")]
    public static partial void DmarcReportsSent(this ILogger logger, int reports);

    [LoggerMessage(13012, LogLevel.Warning, "DMARC aggregate reports wait, the next try is in {Pause}: {Reason}",
        EventName = "dmarc reports wait")]
    public static partial void DmarcReportsFailed(this ILogger logger, string reason, TimeSpan pause);

    [LoggerMessage(13018, LogLevel.Warning, "more than {Limit} DMARC aggregate reports for {Host}, the others of this run are dropped",
        EventName = "dmarc reports dropped")]
    public static partial void DmarcReportsOfHost(this ILogger logger, string host, int limit);

    [LoggerMessage(13013, LogLevel.Warning, "the DMARC aggregate report about {Domain} waits, since the storage answers {Status}",
        EventName = "dmarc report waits")]
    public static partial void DmarcReportNotStored(this ILogger logger, string domain, string status);

    [LoggerMessage(13014, LogLevel.Error, "{Rows} damaged rows are missing in the DMARC aggregate report about {Domain} of {Day}",
        EventName = "dmarc rows damaged")]
    public static partial void DmarcRowsDamaged(this ILogger logger, int rows, string domain, DateOnly day);

    [LoggerMessage(13015, LogLevel.Warning, "counts for DMARC aggregate reports wait for the storage: {Reason}",
        EventName = "dmarc counts wait")]
    public static partial void DmarcCountsWait(this ILogger logger, string reason);

    [LoggerMessage(13016, LogLevel.Error, "unexpected error, {Rows} rows for DMARC aggregate reports are lost",
        EventName = "dmarc counts lost")]
    public static partial void DmarcCountsLost(this ILogger logger, Exception fault, int rows);

    [LoggerMessage(13017, LogLevel.Warning, "{Messages} messages will be missing in DMARC aggregate reports: their rows are too many",
        EventName = "dmarc counts left out")]
    public static partial void DmarcCountsLeftOut(this ILogger logger, long messages);

    [LoggerMessage(13021, LogLevel.Error, "unexpected error in greylisting, mail passes without it", EventName = "greylisting fault")]
    public static partial void GreylistFault(this ILogger logger, Exception fault);

    [LoggerMessage(13022, LogLevel.Warning, "the storage does not answer, mail passes without greylisting: {Reason}",
        EventName = "greylisting away")]
    public static partial void GreylistIsAway(this ILogger logger, string reason);

    [LoggerMessage(13023, LogLevel.Information, "greylisting works again", EventName = "greylisting back")]
    public static partial void GreylistIsBack(this ILogger logger);

    [LoggerMessage(13024, LogLevel.Warning,
        "new suppressions unknown for {Limit}: recipients are looked up in the storage, and mail waits while it does not answer",
        EventName = "suppressions unknown")]
    public static partial void SuppressionsUnknown(this ILogger logger, Exception cause, TimeSpan limit);

    [LoggerMessage(13026, LogLevel.Error,
        "unexpected error while new suppressions were read: recipients are looked up in the storage until a later reading succeeds",
        EventName = "suppressions fault")]
    public static partial void SuppressionsFault(this ILogger logger, Exception cause);

    [LoggerMessage(13025, LogLevel.Information, "new suppressions known again", EventName = "suppressions known again")]
    public static partial void SuppressionsKnownAgain(this ILogger logger);
}
