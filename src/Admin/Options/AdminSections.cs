namespace Postfleet.Admin.Options;

/// <summary>The sections of the configuration for the admin endpoint.</summary>
public sealed record AdminSections
{
    /// <summary>Section <c>Admin</c>.</summary>
    public AdminOptions Admin { get; init; } = new();

    /// <summary>Section <c>Metrics</c>.</summary>
    public MetricsOptions Metrics { get; init; } = new();

    /// <summary>Section <c>Tracing</c>.</summary>
    public TracingOptions Tracing { get; init; } = new();
}
