using Postfleet.Core.Mail;

namespace Postfleet.Core.Queueing;

/// <summary>The outcome of a recipient in an attempt.</summary>
public enum Disposition
{
    /// <summary>The remote host has taken responsibility.</summary>
    Delivered = 1,

    /// <summary>Not delivered; to be tried again.</summary>
    Deferred = 2,

    /// <summary>Not delivered and not tried again; to be reported to the sender.</summary>
    Failed = 3,
}

/// <summary>The success report owed by this host to the sender of a delivered message (RFC 3461 section 5.2).</summary>
public enum SuccessReport
{
    /// <summary>No report: the sender did not request it, or the remote host reports.</summary>
    None = 0,

    /// <summary>The message was passed on to a host that sends no reports.</summary>
    Relayed = 1,

    /// <summary>The message has arrived.</summary>
    Delivered = 2,

    /// <summary>
    /// The address was expanded to several others, about which nothing is reported on success (RFC 3461 section 5.2.7.3).
    /// </summary>
    Expanded = 3,
}

/// <summary>The common outcome of some recipients of a part in an attempt.</summary>
/// <param name="Recipients">The recipients.</param>
/// <param name="Disposition">The outcome of the recipients.</param>
/// <param name="Reply">The reply determining the outcome.</param>
/// <param name="RemoteHost">The name and address of the replying host; empty for a reply of this program.</param>
public sealed record RecipientOutcome(RecipientSet Recipients, Disposition Disposition, SmtpReply Reply, string RemoteHost)
{
    /// <summary>The success report owed to the sender, for delivered recipients.</summary>
    public SuccessReport Success { get; init; }
}

/// <summary>The cause of a report about recipients. The numbers are stored.</summary>
public enum ReportCause
{
    /// <summary>The outcome of an attempt, or a decision without an attempt (for example, the domain does not exist).</summary>
    Attempt = 0,

    /// <summary>The message's lifetime is over.</summary>
    Expired = 1,

    /// <summary>The message has waited for long, and is still tried.</summary>
    Delayed = 2,

    /// <summary>An operator has failed the message.</summary>
    Bounced = 3,

    /// <summary>An operator has deleted the message; the sender gets no report.</summary>
    Deleted = 4,

    /// <summary>An operator has moved the message to another stream; the sender gets no report.</summary>
    Moved = 5,

    /// <summary>An operator has retried, held or released the message, which continues to wait; the sender gets no report.</summary>
    Action = 6,
}

/// <summary>How a job ended.</summary>
public enum AttemptResult
{
    /// <summary>
    /// An attempt was made. Open recipients without an outcome were not tried, since the connection took no more recipients. If no tried
    /// recipient is deferred, they are tried again at once.
    /// </summary>
    Attempted = 1,

    /// <summary>The spool no longer has the part, which was settled before. Nothing was sent.</summary>
    PartGone = 2,

    /// <summary>No attempt was made, and none is counted: the site is down, or the destination is stopping.</summary>
    NotAttempted = 3,

    /// <summary>The worker failed on this message by an internal error.</summary>
    Crashed = 4,
}

/// <summary>The outcome of a job.</summary>
/// <param name="Message">The message.</param>
/// <param name="Attempt">The number of the attempt.</param>
/// <param name="Result">How the job ended.</param>
/// <param name="Recipients">The outcomes of the tried recipients; empty without an attempt.</param>
public sealed record JobOutcome(MessageId Message, int Attempt, AttemptResult Result, IReadOnlyList<RecipientOutcome> Recipients)
{
    /// <summary>How the attempt reached the remote host; null where no host was reached.</summary>
    public AttemptDetails? Details { get; init; }
}
