using Postfleet.Core.Mail;

namespace Postfleet.Contracts.Signing;

/// <summary>
/// Signs the mail of this site by DKIM (RFC 6376) when it is accepted. Mail for which there is no key stays as it is, unless the
/// configuration requires a signature. Thread-safe.
/// </summary>
public interface IMessageSigner
{
    /// <summary>Signs a message on the thread of the caller, for makers of few messages.</summary>
    /// <param name="content">The content in the octets that will be sent.</param>
    /// <param name="stream">The stream of the message, by which a key may be chosen.</param>
    /// <returns>The content with its signatures above it; the same object where nothing signs it; or the fault.</returns>
    SignedContent Sign(MessageContent content, string stream);

    /// <summary>Signs a message on another thread; as many at a time as the machine has processors, and others wait.</summary>
    /// <inheritdoc cref="Sign"/>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    ValueTask<SignedContent> SignAsync(MessageContent content, string stream, CancellationToken cancellationToken);
}
