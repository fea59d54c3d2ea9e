namespace Postfleet.Authentication.Spf;

/// <summary>The outcome of a check.</summary>
/// <param name="Result">The result.</param>
/// <param name="Identity">The checked identity.</param>
/// <param name="Domain">The checked domain, without a trailing dot; empty if there is none.</param>
public sealed record SpfOutcome(SpfResult Result, SpfIdentity Identity, string Domain)
{
    /// <summary>
    /// The directive of the domain's record that matched, as it is published; <c>default</c> if none matched; null without a record.
    /// </summary>
    public string? Mechanism { get; init; }

    /// <summary>
    /// For <see cref="SpfResult.Fail"/>, the explanation of the domain (RFC 7208 section 6.2) in printable ASCII; null without one. The
    /// domain writes the text.
    /// </summary>
    public string? Explanation { get; init; }

    /// <summary>For the two errors, the cause in printable ASCII; otherwise null.</summary>
    public string? Problem { get; init; }

    /// <summary>The number of terms that needed lookups; 10 are allowed (RFC 7208 section 4.6.4).</summary>
    public int Lookups { get; init; }
}
