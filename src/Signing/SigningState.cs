using Postfleet.Core.Mail;

namespace Postfleet.Signing;

/// <summary>What decides about signatures at a time. Immutable; <see cref="MessageSigner"/> replaces it as a whole.</summary>
/// <param name="Keys">The keys of section <c>Dkim</c>.</param>
/// <param name="Rules">The mail that must be signed.</param>
internal sealed record SigningState(SigningKeys Keys, SignatureRules Rules)
{
    /// <summary>Whether nothing is signed, and nothing must be.</summary>
    public bool IsEmpty => Keys.IsEmpty && Rules.IsEmpty;

    /// <summary>The keys that sign mail of a domain in a stream.</summary>
    public IReadOnlyList<SigningKey> Find(DomainName domain, string stream) => Keys.Find(domain, stream);
}
