namespace Postfleet.Node.Options;

/// <summary>The sections of the configuration about the node itself.</summary>
public sealed record NodeSections
{
    /// <summary>Section <c>Node</c>.</summary>
    public NodeOptions Node { get; init; } = new();

    /// <summary>Section <c>Log</c>.</summary>
    public LogOptions Log { get; init; } = new();
}
