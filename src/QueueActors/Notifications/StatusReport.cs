using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.QueueActors.Notifications;

/// <summary>What a DSN says of a recipient (RFC 3464 section 2.3.3).</summary>
internal enum DsnAction
{
    /// <summary>It will not get the message.</summary>
    Failed,

    /// <summary>It has not got the message yet, and is still tried.</summary>
    Delayed,

    /// <summary>The message was passed on to where no report can be expected from.</summary>
    Relayed,

    /// <summary>It has got the message.</summary>
    Delivered,
}

/// <summary>One recipient that a DSN is about.</summary>
/// <param name="Recipient">The recipient.</param>
/// <param name="Reply">The reply that decided it.</param>
/// <param name="RemoteHost">Who gave the reply; empty when it is our own.</param>
internal sealed record ReportedRecipient(Mailbox Recipient, SmtpReply Reply, string RemoteHost)
{
    /// <summary>What became of it.</summary>
    public DsnAction Action { get; init; } = DsnAction.Failed;

    /// <summary>ORCPT as it came; empty for none.</summary>
    public string OriginalRecipient { get; init; } = "";

    /// <summary>Whether it failed because the message's lifetime is over.</summary>
    public bool IsExpired { get; init; }

    /// <summary>When that was found; null for the time of the report.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>Until when a recipient that is late is tried.</summary>
    public DateTimeOffset? RetriedUntil { get; init; }
}

/// <summary>What a DSN says.</summary>
/// <param name="Notification">The DSN's own id.</param>
/// <param name="Message">The message that it is about.</param>
/// <param name="Sender">Its reverse-path, where the DSN goes.</param>
/// <param name="AcceptedAt">When it was accepted.</param>
/// <param name="At">When the DSN is made.</param>
/// <param name="Recipients">The recipients; at least one.</param>
/// <param name="Content">The message, or its first octets with its header.</param>
internal sealed record StatusReport(
    MessageId Notification,
    MessageId Message,
    Mailbox Sender,
    DateTimeOffset AcceptedAt,
    DateTimeOffset At,
    IReadOnlyList<ReportedRecipient> Recipients,
    MessageContent Content)
{
    /// <summary>The date of the DSN; null for <see cref="At"/>.</summary>
    public DateTimeOffset? Date { get; init; }

    /// <summary>ENVID in xtext, as it came; empty for none.</summary>
    public string EnvelopeId { get; init; } = "";

    /// <summary>How many recipients more it is about, which it does not name.</summary>
    public int Unnamed { get; init; }

    /// <summary>
    /// Whether <see cref="Content"/> is the whole message and is to be returned as that, if a 7-bit or 8-bit message can hold it.
    /// </summary>
    public bool ReturnsAll { get; init; }

    /// <summary>Whether a recipient has failed.</summary>
    public bool HasFailures => Recipients.Any(recipient => recipient.Action == DsnAction.Failed);
}
