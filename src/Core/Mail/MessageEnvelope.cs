namespace Postfleet.Core.Mail;

/// <summary>The properties of a message as a whole, apart from its content (RFC 5321 section 2.3.1).</summary>
public sealed record MessageEnvelope
{
    /// <summary>The address for failure reports; null is the null reverse-path <c>&lt;&gt;</c> (RFC 5321 section 4.5.5).</summary>
    public Mailbox? ReversePath { get; init; }

    /// <summary>Whether the content has octets above 127, which require 8BITMIME of the next hop (RFC 6152).</summary>
    public bool HasEightBitContent { get; init; }

    /// <summary>
    /// Whether the reverse-path or the header of the content hold UTF-8 by RFC 6531; then the next hop must offer SMTPUTF8. A recipient
    /// with a local part in UTF-8 requires SMTPUTF8 regardless of this value.
    /// </summary>
    public bool NeedsSmtpUtf8 { get; init; }

    /// <summary>
    /// Whether the message may be sent on only under TLS with a host whose name is verified, to hosts offering REQUIRETLS (RFC 8689).
    /// </summary>
    public bool RequiresTls { get; init; }

    /// <summary>Length of the content in octets, including the added trace header.</summary>
    public long Size { get; init; }

    /// <summary>The client's address as text; empty for mail of this program, for example a DSN.</summary>
    public string ClientAddress { get; init; } = "";

    /// <summary>The client's name from HELO or EHLO.</summary>
    public string ClientName { get; init; } = "";

    /// <summary>
    /// The envelope identifier of the sender (ENVID, RFC 3461 section 4.4), in xtext as received; empty if there is none.
    /// </summary>
    public string EnvelopeId { get; init; } = "";

    /// <summary>The content returned by failure reports.</summary>
    public ReturnContent Return { get; init; }

    /// <summary>
    /// Whether an untrusted client sent the message. Its reverse-path may be forged, so reports about it are kept small.
    /// </summary>
    public bool IsFromUntrustedClient { get; init; }

    /// <summary>
    /// How long the message waits for its first attempt, in seconds after its acceptance (as HOLDFOR of RFC 4865); 0 for mail that is
    /// sent at once.
    /// </summary>
    public int SendAfter { get; init; }

    /// <summary>
    /// The request to hold the message (RFC 4865 section 5.1.2), such as <c>for;60</c> or <c>until;2026-11-30T08:00:00Z</c>; empty for
    /// none. For reports; <see cref="SendAfter"/> decides.
    /// </summary>
    public string HoldRequest { get; init; } = "";

    /// <summary>The priority of the message and of reports about it, -9 to 9 (RFC 6710).</summary>
    public int Priority { get; init; }

    /// <summary>The time that the sender allows for the delivery (RFC 2852); null for no request.</summary>
    public DeliverByRequest? DeliverBy { get; init; }

    /// <summary>What the sender noted about the message, for the history; empty for nothing.</summary>
    public MessageMetadata Metadata { get; init; } = MessageMetadata.None;

    /// <summary>How the message was accepted.</summary>
    public AcceptanceDetails Acceptance { get; init; } = AcceptanceDetails.None;
}
