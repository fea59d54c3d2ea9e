using System.Net;

namespace Postfleet.Authentication.Spf;

/// <summary>The mechanisms (RFC 7208 section 5).</summary>
internal enum SpfMechanism
{
    All,
    Include,
    A,
    Mx,
    Ptr,
    Ip4,
    Ip6,
    Exists,
}

/// <summary>A directive of a record.</summary>
/// <param name="Qualifier">The result if the mechanism matches.</param>
/// <param name="Mechanism">The mechanism.</param>
/// <param name="Text">The directive as it is published.</param>
internal sealed record SpfDirective(SpfResult Qualifier, SpfMechanism Mechanism, string Text)
{
    /// <summary>The domain-spec; null for the checked domain.</summary>
    public SpfMacroString? Domain { get; init; }

    /// <summary>The network of <c>ip4</c> and <c>ip6</c>.</summary>
    public IPAddress? Network { get; init; }

    /// <summary>The length of the prefix of IPv4 addresses in bits.</summary>
    public int Prefix4 { get; init; } = 32;

    /// <summary>The length of the prefix of IPv6 addresses in bits.</summary>
    public int Prefix6 { get; init; } = 128;
}

/// <summary>A record without syntax errors.</summary>
/// <param name="Directives">The directives, in their order.</param>
/// <param name="Redirect">The domain-spec of <c>redirect</c>, or null.</param>
/// <param name="Explanation">The domain-spec of <c>exp</c>, or null.</param>
internal sealed record SpfRecord(IReadOnlyList<SpfDirective> Directives, SpfMacroString? Redirect, SpfMacroString? Explanation);
