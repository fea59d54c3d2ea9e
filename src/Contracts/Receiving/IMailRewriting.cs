using Postfleet.Core.Mail;

namespace Postfleet.Contracts.Receiving;

/// <summary>
/// Changes addresses and header fields of accepted mail. The SMTP server makes it of its configuration; others that accept mail call it.
/// Immutable; thread-safe.
/// </summary>
public interface IMailRewriting
{
    /// <summary>The recipient to which mail goes instead; the same object if nothing changes.</summary>
    Mailbox Recipient(Mailbox recipient);

    /// <summary>The reverse-path instead of that of the client; null for the null reverse-path.</summary>
    Mailbox? ReversePath(Mailbox? reversePath);

    /// <summary>The content with a changed header; the same object if nothing changes.</summary>
    /// <param name="content">The content, with this host's trace header.</param>
    /// <param name="added">The number of new octets.</param>
    MessageContent Content(MessageContent content, out int added);
}
