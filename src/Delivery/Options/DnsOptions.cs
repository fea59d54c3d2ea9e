namespace Postfleet.Delivery.Options;

/// <summary>How names are resolved.</summary>
public sealed record DnsOptions
{
    /// <summary>Servers as <c>address</c> or <c>address:port</c>; none takes the system's.</summary>
    public IReadOnlyList<string> Servers { get; init; } = [];

    /// <summary>How long one query may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);
}
