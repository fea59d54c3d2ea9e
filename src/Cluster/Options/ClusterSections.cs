namespace Postfleet.Cluster.Options;

/// <summary>The sections of the configuration for the cluster.</summary>
public sealed record ClusterSections
{
    /// <summary>Section <c>Cluster</c>.</summary>
    public ClusterOptions Cluster { get; init; } = new();
}
