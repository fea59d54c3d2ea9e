using System.Net;

namespace Postfleet.Dns.Options;

/// <summary>Section <c>Dns</c>: how names are resolved.</summary>
public sealed record DnsOptions
{
    /// <summary>The servers; an empty list uses the servers of the system.</summary>
    public IReadOnlyList<IPEndPoint> Servers { get; init; } = [];

    /// <summary>The servers, beside those on loopback, that are trusted to say that they validated an answer (bit AD).</summary>
    public IReadOnlyList<IPEndPoint> TrustedServers { get; init; } = [];

    /// <summary>The time-out of one query.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);
}
