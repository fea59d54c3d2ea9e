namespace Postfleet.Admin.Api;

/// <summary>A page of recipients by their newest event, the newest first.</summary>
/// <param name="Messages">The recipients of the page; possibly none although more follow.</param>
/// <param name="Cursor">Continues the search where the page ends; null at its end.</param>
/// <param name="IsComplete">Whether the history holds all events (History:Keep is all).</param>
/// <param name="Unanswered">No node, since the history is in the storage.</param>
public sealed record MessageList(
    IReadOnlyList<MessageView> Messages, string? Cursor, bool IsComplete, IReadOnlyList<string> Unanswered);

/// <summary>A recipient of a message in a search.</summary>
/// <param name="Id">The id of the message.</param>
/// <param name="Recipient">The recipient.</param>
/// <param name="Sender">The reverse-path; empty for the null reverse-path.</param>
/// <param name="Queue">The key of the queue.</param>
/// <param name="State">accepted, delivered, deferred, failed, expired or dropped; null after an event without a state.</param>
/// <param name="At">When the newest event happened.</param>
/// <param name="Reply">The reply of the newest event; null for an event without a reply.</param>
/// <param name="Class">The bounce class of a negative reply, for example mailbox-full; null for other replies.</param>
/// <param name="RemoteHost">The host of the reply; empty for a reply of this system.</param>
public sealed record MessageView(
    string Id,
    string Recipient,
    string Sender,
    string Queue,
    string? State,
    DateTimeOffset At,
    string? Reply,
    string? Class,
    string RemoteHost);

/// <summary>The history of a message.</summary>
/// <param name="Id">The id of the message.</param>
/// <param name="Sender">The reverse-path, empty for the null reverse-path; null if no event is kept.</param>
/// <param name="Acceptance">How the message was accepted; null if the event is not kept.</param>
/// <param name="Waiting">The keys of the queues in which the message still waits.</param>
/// <param name="Parts">What the message waits for in each of these queues; at most 10 are looked up.</param>
/// <param name="Events">The events, the oldest first.</param>
/// <param name="IsComplete">Whether these are all kept events.</param>
public sealed record MessageTimeline(
    string Id,
    string? Sender,
    AcceptanceView? Acceptance,
    IReadOnlyList<string> Waiting,
    IReadOnlyList<PartView> Parts,
    IReadOnlyList<EventView> Events,
    bool IsComplete);

/// <summary>The recipients of a message that wait in one queue.</summary>
/// <param name="Queue">The key of the queue.</param>
/// <param name="State">due, deferred, sending or held; null if the queue has not answered.</param>
/// <param name="NextAttempt">When they are tried next, as known now; null while that depends on an operator, or is not known.</param>
/// <param name="Attempts">The number of attempts so far; null if it is not known.</param>
/// <param name="LastReply">The last reply; null for none.</param>
/// <param name="Why">What they wait for.</param>
public sealed record PartView(
    string Queue, string? State, DateTimeOffset? NextAttempt, int? Attempts, string? LastReply, WhyView Why);

/// <summary>How a message was accepted.</summary>
/// <param name="At">When.</param>
/// <param name="Size">Length of the content in octets.</param>
/// <param name="ClientAddress">The address of the client; empty for mail of this system, for example a DSN.</param>
/// <param name="ClientName">The name of the client from HELO or EHLO.</param>
/// <param name="EnvelopeId">ENVID in xtext; empty for none.</param>
/// <param name="HeaderMessageId">The Message-ID of the header; empty for none.</param>
/// <param name="Listener">The endpoint of the listener, http for the API; empty for mail of this system.</param>
/// <param name="TlsVersion">The version of TLS of the session; empty for none.</param>
/// <param name="TlsCipher">The cipher suite of the session; empty for none.</param>
/// <param name="User">The authenticated user, or the name of the token; empty for none.</param>
/// <param name="SendAt">The earliest time of the first attempt; the time of acceptance for mail that is sent at once.</param>
/// <param name="Priority">The priority, -9 to 9.</param>
/// <param name="DeliverBy">The end of the time that the sender allows for the delivery; null for none.</param>
/// <param name="DeliverByMode">What happens then: return or notify; null for no such time.</param>
/// <param name="Metadata">What the sender noted, by name.</param>
public sealed record AcceptanceView(
    DateTimeOffset At,
    long Size,
    string ClientAddress,
    string ClientName,
    string EnvelopeId,
    string HeaderMessageId,
    string Listener,
    string TlsVersion,
    string TlsCipher,
    string User,
    DateTimeOffset SendAt,
    int Priority,
    DateTimeOffset? DeliverBy,
    string? DeliverByMode,
    IReadOnlyDictionary<string, string> Metadata);

/// <summary>How an attempt reached the remote host.</summary>
/// <param name="Address">The address of the remote host; empty where mail leaves over no network.</param>
/// <param name="Source">The address of this system on the connection.</param>
/// <param name="TlsVersion">The version of TLS; empty for none.</param>
/// <param name="TlsCipher">The cipher suite; empty for none.</param>
/// <param name="DurationSeconds">The time of the attempt in seconds.</param>
public sealed record AttemptView(string Address, string Source, string TlsVersion, string TlsCipher, double DurationSeconds);

/// <summary>An event of one recipient, or a change of owner of its queue.</summary>
/// <param name="At">When it happened.</param>
/// <param name="Kind">accepted, delivered, deferred, failed, expired, delayed, moved, dsn, action, dropped or takeover.</param>
/// <param name="Recipient">The recipient; for a DSN the address to which it is sent; empty for a takeover.</param>
/// <param name="Queue">The key of the queue.</param>
/// <param name="Number">The number of the event in its queue, as attempts are counted; 0 for the acceptance.</param>
/// <param name="Reply">The reply; null for an event without a reply.</param>
/// <param name="Class">The bounce class of a negative reply, for example mailbox-full; null for other replies.</param>
/// <param name="RemoteHost">The host of the reply; empty for a reply of this system.</param>
/// <param name="Attempt">How the host was reached; null for an event without an attempt.</param>
/// <param name="Notification">The id of the stored DSN; null for other events.</param>
/// <param name="Takeover">The change of owner; null for other events.</param>
public sealed record EventView(
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
    TakeoverView? Takeover);
