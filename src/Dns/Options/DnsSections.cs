namespace Postfleet.Dns.Options;

/// <summary>The section of the configuration for the resolution of names.</summary>
public sealed record DnsSections
{
    /// <summary>Section <c>Dns</c>.</summary>
    public DnsOptions Dns { get; init; } = new();
}
