using System.Text.Json.Nodes;

namespace Postfleet.Testing;

/// <summary>
/// What a <see cref="PostfleetNode"/> runs with. Without anything set: SQLite, one relay listener, mail to <c>*</c> is captured.
/// </summary>
public sealed record NodeSpec
{
    /// <summary>A short name for messages.</summary>
    public string Name { get; init; } = "postfleet";

    /// <summary>A PostgreSQL database to store in; null for SQLite in the node's own folder.</summary>
    public string? Postgres { get; init; }

    /// <summary>
    /// The node's loopback address in the cluster, whose port is <see cref="NodeConfiguration.ClusterPort"/>; by default one of its own.
    /// </summary>
    public string ClusterHost { get; init; } = NodeConfiguration.NextHost();

    /// <summary>The loopback addresses of the nodes that found and join clusters; none for a cluster of one.</summary>
    public IReadOnlyList<string> Seeds { get; init; } = [];

    /// <summary>What the node does.</summary>
    public IReadOnlyList<string> Roles { get; init; } = ["frontend", "queue", "delivery"];

    /// <summary>Routes in order: domain pattern and target.</summary>
    public IReadOnlyList<(string Domain, string To)> Routes { get; init; } = [("*", "capture")];

    /// <summary>DNS servers, <c>address:port</c>.</summary>
    public IReadOnlyList<string> DnsServers { get; init; } = [];

    /// <summary>The node's own address; null for loopback with free ports.</summary>
    public NodePlace? Place { get; init; }

    /// <summary>Last changes to the configuration, whose keys are those of the configuration file.</summary>
    public Action<JsonObject>? Configure { get; init; }

    /// <summary>How many of the last lines of its log are held.</summary>
    public int LinesHeld { get; init; } = 2_000;

    /// <summary>Makes of the node's process, and its data folder, what is to be started; for a namespace around it, for example.</summary>
    public Func<ProcessSpec, string, ProcessSpec>? Wrap { get; init; }

    /// <summary>Variables to add to the environment, for example <c>POSTFLEET_Queues__FirstRetry</c>.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
}
