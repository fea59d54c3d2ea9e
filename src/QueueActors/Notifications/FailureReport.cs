using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.QueueActors.Notifications;

/// <summary>One recipient that has failed.</summary>
/// <param name="Recipient">The recipient.</param>
/// <param name="Reply">The reply that decided it.</param>
/// <param name="RemoteHost">Who gave the reply; empty when it is our own.</param>
internal sealed record FailedRecipient(Mailbox Recipient, SmtpReply Reply, string RemoteHost);

/// <summary>What a DSN says.</summary>
/// <param name="Notification">The DSN's own id.</param>
/// <param name="Message">The message that failed.</param>
/// <param name="Sender">Its reverse-path, where the DSN goes.</param>
/// <param name="AcceptedAt">When it was accepted.</param>
/// <param name="At">When it failed.</param>
/// <param name="IsExpired">Whether it failed because its lifetime is over.</param>
/// <param name="Recipients">The recipients that failed; at least one.</param>
/// <param name="Head">The message's first octets, with its header.</param>
internal sealed record FailureReport(
    MessageId Notification,
    MessageId Message,
    Mailbox Sender,
    DateTimeOffset AcceptedAt,
    DateTimeOffset At,
    bool IsExpired,
    IReadOnlyList<FailedRecipient> Recipients,
    MessageContent Head);
