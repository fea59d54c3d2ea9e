using System.Collections.Frozen;
using Postfleet.Core.Mail;
using Postfleet.Signing.Options;

namespace Postfleet.Signing.Messages;

/// <summary>
/// Which mail must be signed (<c>Signing:Required</c>). Immutable; <see cref="MessageSigner"/> replaces it as a whole in a reload. Pure.
/// </summary>
internal sealed class SignatureRules
{
    private readonly FrozenSet<(string Domain, string Stream)> _rules;

    /// <param name="rules">The entries of <c>Signing:Required</c>.</param>
    public SignatureRules(IEnumerable<RequiredSignatureOptions> rules) =>
        _rules = rules.Select(rule => (rule.Domain.ToLowerInvariant(), rule.Stream)).ToFrozenSet();

    /// <summary>Whether no mail must be signed.</summary>
    public bool IsEmpty => _rules.Count == 0;

    /// <summary>Whether mail from a domain must be signed by it.</summary>
    public bool Has(DomainName domain, string stream) =>
        !IsEmpty && (Contains(domain.Value, stream) || Contains(RequiredSignatureOptions.AllDomains, stream));

    /// <summary>Whether all mail of a stream must be signed, whoever its author is.</summary>
    public bool HasAll(string stream) => !IsEmpty && Contains(RequiredSignatureOptions.AllDomains, stream);

    /// <summary>Whether mail of a stream from any domain must be signed. Mail with an unreadable author may be from this domain.</summary>
    public bool HasAny(string stream)
    {
        foreach (var rule in _rules)
            if (rule.Stream.Length == 0 || rule.Stream == stream) return true;
        return false;
    }

    private bool Contains(string domain, string stream) => _rules.Contains((domain, stream)) || _rules.Contains((domain, ""));
}
