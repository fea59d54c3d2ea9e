using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.QueueActors.Notifications;

/// <summary>The action in a DSN for a recipient (RFC 3464 section 2.3.3).</summary>
internal enum DsnAction
{
    /// <summary>The recipient will not get the message.</summary>
    Failed,

    /// <summary>The recipient has not got the message yet; delivery is still tried.</summary>
    Delayed,

    /// <summary>The message was passed on to a host that sends no reports.</summary>
    Relayed,

    /// <summary>The recipient has got the message.</summary>
    Delivered,

    /// <summary>The message was sent on to several recipients in place of the recipient.</summary>
    Expanded,
}

/// <summary>A recipient in a DSN.</summary>
/// <param name="Recipient">The recipient.</param>
/// <param name="Reply">The deciding reply.</param>
/// <param name="RemoteHost">The host that gave the reply; empty for a reply of this system.</param>
internal sealed record ReportedRecipient(Mailbox Recipient, SmtpReply Reply, string RemoteHost)
{
    /// <summary>The outcome of the recipient.</summary>
    public DsnAction Action { get; init; } = DsnAction.Failed;

    /// <summary>ORCPT as it came; empty for none.</summary>
    public string OriginalRecipient { get; init; } = "";

    /// <summary>Whether the recipient failed because the message's lifetime is over.</summary>
    public bool IsExpired { get; init; }

    /// <summary>The time of the outcome; null for the time of the report.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>Until when a delayed recipient is tried.</summary>
    public DateTimeOffset? RetriedUntil { get; init; }
}

/// <summary>The content of a DSN.</summary>
/// <param name="Notification">The DSN's own id.</param>
/// <param name="Message">The reported message.</param>
/// <param name="Sender">The reverse-path of the message, which gets the DSN.</param>
/// <param name="AcceptedAt">When the message was accepted.</param>
/// <param name="At">When the DSN is made.</param>
/// <param name="Recipients">The recipients; at least 1.</param>
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

    /// <summary>The time from which the message was tried; null for its acceptance.</summary>
    public DateTimeOffset? SentFrom { get; init; }

    /// <summary>The request to hold the message (RFC 4865 section 5.1.2); empty for none.</summary>
    public string HoldRequest { get; init; } = "";

    /// <summary>The end of the time that the sender allows for the delivery (RFC 2852 section 5); null for none.</summary>
    public DateTimeOffset? DeliverBy { get; init; }

    /// <summary>The number of further recipients, which the DSN does not name.</summary>
    public int Unnamed { get; init; }

    /// <summary>
    /// Whether <see cref="Content"/> is the whole message, to be returned whole if a 7-bit or 8-bit message can hold it.
    /// </summary>
    public bool ReturnsAll { get; init; }

    /// <summary>Whether a recipient has failed.</summary>
    public bool HasFailures => Recipients.Any(recipient => recipient.Action == DsnAction.Failed);
}
