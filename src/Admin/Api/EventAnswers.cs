namespace Postfleet.Admin.Api;

/// <summary>An event in the stream of events: an entry of the timeline of its message, with the message.</summary>
/// <param name="Id">The id of the event. An event that is sent again has the same id.</param>
/// <param name="MessageId">The id of the message.</param>
/// <param name="Sender">The reverse-path; empty for the null reverse-path.</param>
/// <param name="At">When it happened.</param>
/// <param name="Kind">accepted, delivered, deferred, failed, expired, delayed, moved, dsn, action or dropped.</param>
/// <param name="Recipient">The recipient; for a DSN the address to which it is sent.</param>
/// <param name="Queue">The key of the queue.</param>
/// <param name="Number">The number of the event in its queue, as attempts are counted; 0 for the acceptance.</param>
/// <param name="Reply">The reply; null for an event without a reply.</param>
/// <param name="Class">The bounce class of a negative reply, for example mailbox-full; null for other replies.</param>
/// <param name="RemoteHost">The host of the reply; empty for a reply of this system.</param>
/// <param name="Attempt">How the host was reached; null for an event without an attempt.</param>
/// <param name="Notification">The id of the stored DSN; null for other events.</param>
/// <param name="Acceptance">How the message was accepted; null for other events.</param>
public sealed record StreamedEvent(
    string Id,
    string MessageId,
    string Sender,
    DateTimeOffset At,
    string Kind,
    string Recipient,
    string Queue,
    int Number,
    string? Reply,
    string? Class,
    string RemoteHost,
    AttemptView? Attempt,
    string? Notification,
    AcceptanceView? Acceptance);
