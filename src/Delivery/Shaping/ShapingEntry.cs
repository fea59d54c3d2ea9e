using Postfleet.Core.Mail;
using Postfleet.Delivery.Options;

namespace Postfleet.Delivery.Shaping;

/// <summary>An entry of <c>Destinations</c>, and where it applies. Immutable; pure.</summary>
/// <param name="index">The index of the entry in the section.</param>
/// <param name="options">The entry.</param>
internal sealed class ShapingEntry(int index, DestinationOptions options)
{
    private readonly DomainPattern _domain = DomainPattern.Parse(options.Domain);
    private readonly HostPatterns? _hosts = options.Mx.Length > 0 ? new HostPatterns(options.Mx) : null;

    /// <summary>The limits of the entry.</summary>
    public ShapingLayer Layer { get; } = new($"Destinations:{index}", options.Given());

    /// <summary>Whether the entry is for the mail of some domains alone.</summary>
    public bool HasDomain => options.Domain.Length > 0;

    /// <summary>Entries for sites come first, then those for domains, and those for sources last, which therefore win.</summary>
    public int Rank => options.Source.Length > 0 ? 2 : HasDomain ? 1 : 0;

    /// <summary>Whether the entry applies to a site and its source.</summary>
    public bool Applies(IReadOnlyCollection<string> hosts, string source) =>
        (_hosts is null || _hosts.MatchAll(hosts))
        && (options.Source.Length == 0 || source == options.Source || source.Split('+').Contains(options.Source));

    /// <summary>Whether the entry applies to the mail of a domain; of entries with a domain alone.</summary>
    public bool AppliesTo(string domain) => _domain.Matches(domain);
}
