using Postfleet.Core.Mail;
using Postfleet.Delivery.Routing;
using Postfleet.Spool.Common;

namespace Postfleet.Delivery.Smtp;

/// <summary>
/// The extensions required of a host by a message, apart from extensions required by its content (<see cref="OutgoingContent"/>). A message
/// fails at a host without a required extension. Pure.
/// </summary>
internal static class Requirements
{
    // RFC 6531 section 3.2.
    private static readonly SmtpReply NeedsUtf8Message =
        new(553, new EnhancedStatus(5, 6, 7), "the sender's address or the header is in UTF-8 and the remote host does not offer SMTPUTF8");

    private static readonly SmtpReply NeedsUtf8Address =
        new(553, new EnhancedStatus(5, 6, 7), "the address has non-ASCII characters and the remote host does not offer SMTPUTF8");

    private static readonly SmtpReply NeedsTls =
        new(550, new EnhancedStatus(5, 7, 10), "the message requires TLS and the name of the remote host is not verified");

    // A connection to another host, or a later one, may have it.
    private static readonly SmtpReply NeedsConfiguredTls =
        new(451, new EnhancedStatus(4, 7, 4), "the domain demands TLS by configuration and the connection does not have it");

    private static readonly SmtpReply NeedsRequireTls =
        new(550, new EnhancedStatus(5, 7, 30), "the message requires TLS all the way and the remote host does not offer REQUIRETLS");

    /// <summary>The reason why the host cannot receive the message for any recipient; null if it can.</summary>
    public static SmtpReply? Refuse(SpooledPart part, SessionFacts session)
    {
        var capabilities = session.Capabilities;
        // RFC 8689 section 4.2.1. A report has the null reverse-path and cannot be returned: it is sent with the security that the host
        // offers, and not discarded (section 5).
        if (part.Message is { RequiresTls: true, ReversePath: not null } && !session.IsLocal)
        {
            if (!IsNameVerified(session)) return NeedsTls;
            if (!capabilities.HasRequireTls) return NeedsRequireTls;
        }

        return NeedsUtf8(part) && !capabilities.HasSmtpUtf8 ? NeedsUtf8Message : null;
    }

    /// <summary>The reason why the message exceeds the limits of its destination; null if it does not.</summary>
    public static SmtpReply? Refuse(SpooledPart part, DomainLimits limits, SessionFacts session)
    {
        if (limits.MaxSize is { } size && part.Content.Length > size.Bytes)
        {
            return new SmtpReply(
                552, new EnhancedStatus(5, 3, 4), $"the message is larger than the {size} that the destination takes by configuration");
        }

        return session.IsLocal || limits.Tls switch
        {
            TlsMode.Require => session.Tls is not null,
            TlsMode.Verify => session.Tls is { IsVerified: true },
            _ => true,
        } ? null : NeedsConfiguredTls;
    }

    /// <summary>Whether MAIL includes REQUIRETLS, which is sent only to a host with a verified name.</summary>
    public static bool RequiresTls(SpooledPart part, SessionFacts session) =>
        part.Message.RequiresTls && !session.IsLocal && session.Capabilities.HasRequireTls && IsNameVerified(session);

    /// <summary>The reason why the host cannot receive the message for one recipient; null if it can.</summary>
    public static SmtpReply? Refuse(Mailbox recipient, SessionFacts session) =>
        NeedsUtf8(recipient) && !session.Capabilities.HasSmtpUtf8 ? NeedsUtf8Address : null;

    /// <summary>
    /// Whether a transaction needs SMTPUTF8, for the message as a whole or for one of its recipients (RFC 6531 section 3.4).
    /// </summary>
    public static bool NeedsUtf8(SpooledPart part, IEnumerable<int> recipients) =>
        NeedsUtf8(part) || recipients.Any(index => NeedsUtf8(part.Part.Recipients[index]));

    // A host name from an unsigned DNS answer may be forged, so a certificate for it proves nothing.
    private static bool IsNameVerified(SessionFacts session) =>
        session is { Tls: not null, IsNameProven: true } or { Tls.IsVerified: true, IsNameTrusted: true };

    private static bool NeedsUtf8(SpooledPart part) =>
        part.Message.NeedsSmtpUtf8 || (part.Message.ReversePath is { } sender && NeedsUtf8(sender));

    private static bool NeedsUtf8(Mailbox mailbox) => !mailbox.IsAscii;
}
