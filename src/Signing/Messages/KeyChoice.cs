using Postfleet.Authentication.Messages;
using Postfleet.Contracts.Signing;
using Postfleet.Core.Mail;
using Postfleet.Signing.Options;

namespace Postfleet.Signing.Messages;

/// <summary>
/// The keys that sign a message, or why it must not be sent. The domains in From choose the keys; a message with several From fields, or
/// with an address in From that readers may understand differently, is not signed. Pure.
/// </summary>
/// <param name="Header">The header of the message.</param>
/// <param name="Keys">The keys; none with a fault, and where nothing signs the message.</param>
/// <param name="Fault">Why a required signature cannot be made.</param>
/// <param name="Refused">The domain whose signature cannot be made, for the log.</param>
internal readonly record struct KeyChoice(
    MessageHeader Header, IReadOnlyList<SigningKey> Keys, SigningFault Fault = SigningFault.None, string Refused = "")
{
    /// <summary>Whether the message has no author that all readers understand in the same way.</summary>
    public bool IsUnclear { get; private init; }

    /// <summary>Chooses the keys for a message.</summary>
    /// <param name="state">The keys and rules.</param>
    /// <param name="content">The message.</param>
    /// <param name="stream">Its stream.</param>
    public static KeyChoice Of(SigningState state, MessageContent content, string stream)
    {
        var header = MessageHeader.Read(content.Octets);
        var authors = AuthorDomains.Read(header);
        var isClear = authors is { IsReadable: true, FieldCount: 1 };
        if (!state.Rules.IsEmpty && !isClear && IsRequired(state.Rules, authors, stream) is { } unclear)
            return new KeyChoice(header, [], SigningFault.Unsignable, unclear);
        if (!isClear) return new KeyChoice(header, []) { IsUnclear = true };
        List<SigningKey> chosen = [];
        foreach (var domain in authors.Domains)
        {
            var (keys, first) = (state.Find(domain, stream), chosen.Count);
            foreach (var key in keys)
                if (chosen.Count < SigningConfiguration.MaxSignatures) chosen.Add(key);
            if (chosen.Count == first && state.Rules.Has(domain, stream))
            {
                var fault = keys.Count == 0 ? SigningFault.KeyMissing : SigningFault.Unsignable;
                return new KeyChoice(header, [], fault, domain.Value);
            }
        }

        return new KeyChoice(header, chosen);
    }

    // The domain for which a message with an unclear author must be signed; null for none. Readers may see an author that is not read here.
    private static string? IsRequired(SignatureRules rules, AuthorDomains authors, string stream)
    {
        foreach (var domain in authors.Domains)
            if (rules.Has(domain, stream)) return domain.Value;
        return authors.IsReadable ? rules.HasAll(stream) ? RequiredSignatureOptions.AllDomains : null
            : rules.HasAny(stream) ? RequiredSignatureOptions.AllDomains : null;
    }
}
