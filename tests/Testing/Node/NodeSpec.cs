using System.Text.Json.Nodes;

namespace Postfleet.Testing;

/// <summary>The settings of a <see cref="PostfleetNode"/>. The default is SQLite, one relay listener, and capture of all mail.</summary>
public sealed record NodeSpec
{
    /// <summary>A short name for messages.</summary>
    public string Name { get; init; } = "postfleet";

    /// <summary>A PostgreSQL database to store in; null for SQLite in the node's own folder.</summary>
    public string? Postgres { get; init; }

    /// <summary>
    /// The node's loopback address in the cluster, with the port <see cref="NodeConfiguration.ClusterPort"/>; by default a new address.
    /// </summary>
    public string ClusterHost { get; init; } = NodeConfiguration.NextHost();

    /// <summary>The loopback addresses of the nodes that found and join clusters; none for a cluster of one.</summary>
    public IReadOnlyList<string> Seeds { get; init; } = [];

    /// <summary>The roles of the node.</summary>
    public IReadOnlyList<string> Roles { get; init; } = ["frontend", "queue", "delivery"];

    /// <summary>Routes in order: domain pattern and target.</summary>
    public IReadOnlyList<(string Domain, string To)> Routes { get; init; } = [("*", "capture")];

    /// <summary>DNS servers, <c>address:port</c>.</summary>
    public IReadOnlyList<string> DnsServers { get; init; } = [];

    /// <summary>The node's own address; null for loopback with free ports.</summary>
    public NodePlace? Place { get; init; }

    /// <summary>Changes the configuration, after all other settings. The keys are the keys of the configuration file.</summary>
    public Action<JsonObject>? Configure { get; init; }

    /// <summary>The number of retained log lines.</summary>
    public int LinesHeld { get; init; } = 2_000;

    /// <summary>Wraps the node's process, given its data folder, for example in a namespace.</summary>
    public Func<ProcessSpec, string, ProcessSpec>? Wrap { get; init; }

    /// <summary>Variables to add to the environment, for example <c>POSTFLEET_Queues__FirstRetry</c>.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
}
