using Postfleet.Core.Mail;

namespace Postfleet.Frontend.Intake;

/// <summary>A set of domains by name or suffix, for example the relay domains. Immutable; shared by all sessions.</summary>
internal sealed class DomainSet
{
    private readonly HashSet<string> _names;
    private readonly DomainPattern[] _suffixes;

    /// <param name="patterns">Names, or <c>*.suffix</c>.</param>
    public DomainSet(IEnumerable<DomainPattern> patterns)
    {
        var kinds = patterns.ToLookup(pattern => pattern.IsName);
        // A set, since there may be thousands of names.
        _names = [.. kinds[true].Select(pattern => pattern.Text)];
        _suffixes = [.. kinds[false]];
    }

    /// <summary>Whether a domain is in the set.</summary>
    public bool Contains(DomainName domain)
    {
        if (_names.Contains(domain.Value)) return true;
        // A closure would be an allocation for each recipient.
        foreach (var suffix in _suffixes)
        {
            if (suffix.Matches(domain.Value)) return true;
        }

        return false;
    }
}
