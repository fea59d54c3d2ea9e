namespace Postfleet.Admin.Api;

/// <summary>A message to send: either raw, or headers, text, html and attachments.</summary>
/// <param name="From">The reverse-path, which gets reports of failures, or &lt;&gt; for none.</param>
/// <param name="Recipients">The addresses that get the message, whatever its header says.</param>
/// <param name="Raw">The whole message with its header. Line ends may be LF or CRLF; lines have at most 998 octets.</param>
/// <param name="Headers">
/// Fields of the header by name. From, To, Date and Message-ID are added where they are missing; the structure of the content is not set
/// by fields.
/// </param>
/// <param name="Text">The text.</param>
/// <param name="Html">The text in HTML; with both, clients show one of them.</param>
/// <param name="Attachments">The attachments.</param>
/// <param name="Stream">The stream of the queues.</param>
/// <param name="IdempotencyKey">
/// A key of 1 to 255 printable ASCII characters. Within 24 hours, a request of the same token with the same key and the same body gets the
/// answer of the first request, and sends nothing again.
/// </param>
/// <param name="SendAt">
/// The earliest time of the first attempt, of RFC 3339 with an offset, at most the queue lifetime ahead; a time in the past, or none, is at
/// once.
/// </param>
/// <param name="Priority">
/// The priority, -9 to 9 (RFC 6710); 0 without it. One above the highest that the configuration allows becomes this one. Among the messages
/// of a queue that are due, the highest priority is sent first.
/// </param>
/// <param name="DeliverBy">The time in which the message is to be delivered (RFC 2852); none for any time.</param>
/// <param name="Metadata">Up to 16 texts by name for the timeline of the message. They are not sent.</param>
public sealed record InjectionRequest(
    string From,
    IReadOnlyList<string> Recipients,
    string? Raw = null,
    IReadOnlyDictionary<string, string>? Headers = null,
    string? Text = null,
    string? Html = null,
    IReadOnlyList<AttachmentBody>? Attachments = null,
    string Stream = "default",
    string? IdempotencyKey = null,
    string? SendAt = null,
    int? Priority = null,
    DeliverByBody? DeliverBy = null,
    IReadOnlyDictionary<string, string>? Metadata = null);

/// <summary>The time in which a message is to be delivered (RFC 2852). It ends after sendAt.</summary>
/// <param name="Mode">
/// When the time is over: return, no attempt begins any more and the message is returned; it goes only to hosts that offer DELIVERBY and to
/// mail stores, and otherwise it is returned at once. Or notify, the sender is warned and delivery goes on.
/// </param>
/// <param name="Seconds">
/// The time in seconds from the request on, up to 999999999, in place of time; with return at least 1, with notify at least -999999999.
/// </param>
/// <param name="Time">The end of the time, of RFC 3339 with an offset, in place of seconds; with return it is ahead.</param>
/// <param name="Trace">Whether the sender gets a report of each relay to another host.</param>
public sealed record DeliverByBody(string Mode, int? Seconds = null, string? Time = null, bool Trace = false);

/// <summary>An attachment.</summary>
/// <param name="Name">The name of the file.</param>
/// <param name="Content">The content, in base64.</param>
/// <param name="Type">The media type.</param>
/// <param name="ContentId">The Content-ID, without angle brackets, by which the HTML shows the attachment; null for none.</param>
public sealed record AttachmentBody(string Name, byte[] Content, string Type = "application/octet-stream", string? ContentId = null);

/// <summary>The answer to a message that is stored.</summary>
/// <param name="Id">The id of the message.</param>
/// <param name="Priority">The priority of the message, which may be lower than the requested one.</param>
public sealed record InjectionAnswer(string Id, int Priority);
