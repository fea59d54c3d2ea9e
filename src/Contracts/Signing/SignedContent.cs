using Postfleet.Core.Mail;

namespace Postfleet.Contracts.Signing;

/// <summary>The result of signing a message. With a fault, the message must not be sent as it is.</summary>
/// <param name="Content">The content with its signatures above it; the content as it was, where nothing signs it.</param>
/// <param name="Fault">Why a required signature is missing.</param>
public readonly record struct SignedContent(MessageContent Content, SigningFault Fault = SigningFault.None);

/// <summary>Why a message has no signature that the configuration requires.</summary>
public enum SigningFault
{
    /// <summary>The message has all required signatures.</summary>
    None = 0,

    /// <summary>The key is missing or cannot be used at present. A later try may succeed.</summary>
    KeyMissing = 1,

    /// <summary>The message has no single readable From field, or more authors than are signed for. No later try succeeds.</summary>
    Unsignable = 2,
}
