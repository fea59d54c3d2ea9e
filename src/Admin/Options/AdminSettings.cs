namespace Postfleet.Admin.Options;

/// <summary>The settings of the Admin module.</summary>
/// <param name="Admin">The endpoint and its token.</param>
/// <param name="Metrics">The metrics.</param>
public sealed record AdminSettings(AdminOptions Admin, MetricsOptions Metrics)
{
    /// <summary>The traces of messages.</summary>
    public TracingOptions Tracing { get; init; } = new();

    /// <summary>The version of the program.</summary>
    public string Version { get; init; } = "";

    /// <summary>The roles of this node.</summary>
    public IReadOnlyList<string> Roles { get; init; } = [];

    /// <summary>The folder of embedded storage; null where nodes share a database.</summary>
    public string? StorageFolder { get; init; }
}
