using System.Text;
using Postfleet.Core.Mail;
using Postfleet.Spool;

namespace Postfleet.Delivery.Smtp;

/// <summary>
/// What a message needs of the host that is to take it, beside what its content needs (<see cref="OutgoingContent"/>). Where the host lacks
/// it the message fails there.
/// </summary>
internal static class Requirements
{
    // RFC 6531 section 3.2.
    private static readonly SmtpReply NeedsUtf8Message =
        new(553, new EnhancedStatus(5, 6, 7), "the sender's address or the header is in UTF-8 and the remote host does not offer SMTPUTF8");

    private static readonly SmtpReply NeedsUtf8Address =
        new(553, new EnhancedStatus(5, 6, 7), "the address has non-ASCII characters and the remote host does not offer SMTPUTF8");

    private static readonly SmtpReply NeedsTls =
        new(550, new EnhancedStatus(5, 7, 10), "the message requires TLS with a host whose name is proved, which this one is not");

    private static readonly SmtpReply NeedsRequireTls =
        new(550, new EnhancedStatus(5, 7, 30), "the message requires TLS all the way and the remote host does not offer REQUIRETLS");

    /// <summary>Why a host cannot be sent the message for anybody; null when it can.</summary>
    public static SmtpReply? Refuse(SpooledPart part, SessionFacts session)
    {
        var capabilities = session.Capabilities;
        // RFC 8689 section 4.2.1. Reports have no sender to be returned to: they are sent as well as it goes, and not discarded (section
        // 5).
        if (part.Message is { RequiresTls: true, ReversePath: not null } && !session.IsLocal)
        {
            if (!IsProved(session)) return NeedsTls;
            if (!capabilities.HasRequireTls) return NeedsRequireTls;
        }

        return NeedsUtf8(part) && !capabilities.HasSmtpUtf8 ? NeedsUtf8Message : null;
    }

    /// <summary>Whether a transaction says REQUIRETLS, which may be said to a host that has proved its name alone.</summary>
    public static bool RequiresTls(SpooledPart part, SessionFacts session) =>
        part.Message.RequiresTls && !session.IsLocal && session.Capabilities.HasRequireTls && IsProved(session);

    /// <summary>Why a host cannot be sent a message for a recipient; null when it can.</summary>
    public static SmtpReply? Refuse(Mailbox recipient, SessionFacts session) =>
        NeedsUtf8(recipient) && !session.Capabilities.HasSmtpUtf8 ? NeedsUtf8Address : null;

    /// <summary>Whether a transaction needs SMTPUTF8: for the message as a whole or one of its recipients (RFC 6531 section 3.4).</summary>
    public static bool NeedsUtf8(SpooledPart part, IEnumerable<int> recipients) =>
        NeedsUtf8(part) || recipients.Any(index => NeedsUtf8(part.Part.Recipients[index]));

    // A name that came from the DNS unsigned may be anybody's, whatever certificate there is for it.
    private static bool IsProved(SessionFacts session) => session is { Tls.IsVerified: true, IsNameTrusted: true };

    private static bool NeedsUtf8(SpooledPart part) =>
        part.Message.NeedsSmtpUtf8 || (part.Message.ReversePath is { } sender && NeedsUtf8(sender));

    // Domains are A-labels since they came in.
    private static bool NeedsUtf8(Mailbox mailbox) => !Ascii.IsValid(mailbox.Address);
}
