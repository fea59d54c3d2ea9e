using System.Collections.Immutable;

namespace Postfleet.Dns;

/// <summary>The answer to a lookup. The number and the size of the records are bounded.</summary>
/// <typeparam name="T">The type of the records.</typeparam>
/// <param name="Status">How the lookup ended.</param>
/// <param name="Records">The records; empty unless the status is <see cref="DnsStatus.Found"/>.</param>
/// <param name="IsAuthentic">
/// Whether the server says that it validated the answer (bit AD, RFC 4035 section 3.2.3). Servers say so only if the query asks for it: the
/// queries of <see cref="IDnssecLookup"/> do, and only servers that are trusted are asked by them.
/// </param>
public readonly record struct DnsAnswer<T>(DnsStatus Status, ImmutableArray<T> Records, bool IsAuthentic)
{
    /// <summary>How long the answer may be used.</summary>
    public TimeSpan Ttl { get; init; }

    /// <summary>The name at the end of the aliases of the name, in lower case; null for a name that is no alias.</summary>
    public string? CanonicalName { get; init; }

    /// <summary>For a failed lookup, the server and its error; otherwise null.</summary>
    public string? Problem { get; init; }

    /// <summary>
    /// Whether a lookup failed on this node, which had too many queries in progress. No server was asked, so the failure says nothing about
    /// servers or names.
    /// </summary>
    public bool IsLocalFailure { get; init; }
}
