using System.Net;

namespace Postfleet.Delivery.Options;

/// <summary>How names are resolved.</summary>
public sealed record DnsOptions
{
    /// <summary>The servers; an empty list uses the servers of the system.</summary>
    public IReadOnlyList<IPEndPoint> Servers { get; init; } = [];

    /// <summary>How long one query may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);
}
