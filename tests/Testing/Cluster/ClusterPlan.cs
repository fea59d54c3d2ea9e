using System.Net;
using System.Text.Json.Nodes;

namespace Postfleet.Testing;

/// <summary>
/// The nodes of a <see cref="PostfleetCluster"/>. The default is two frontends, three queue nodes and two delivery nodes on loopback.
/// </summary>
public sealed record ClusterPlan
{
    /// <summary>The PostgreSQL database of all nodes.</summary>
    public required string Database { get; init; }

    /// <summary>
    /// The nodes in the order of their start, each with a name and a role. Nodes with the role <c>queue</c> are the seeds.
    /// </summary>
    public IReadOnlyList<(string Name, string Role)> Nodes { get; init; } =
    [
        ("queue1", "queue"), ("queue2", "queue"), ("queue3", "queue"), ("delivery1", "delivery"), ("delivery2", "delivery"),
        ("frontend1", "frontend"), ("frontend2", "frontend"),
    ];

    /// <summary>Routes in order: domain pattern and target.</summary>
    public IReadOnlyList<(string Domain, string To)> Routes { get; init; } = [("*", "discard")];

    /// <summary>DNS servers, <c>address:port</c>.</summary>
    public IReadOnlyList<string> DnsServers { get; init; } = [];

    /// <summary>Changes the configuration of every node, after all other settings.</summary>
    public Action<JsonObject>? Configure { get; init; }

    /// <summary>
    /// Whether the first node founds the cluster before the other nodes start, so that it is the oldest and runs the singletons and the
    /// sharding's coordinators.
    /// </summary>
    public bool OldestFirst { get; init; }

    /// <summary>Roles in the order of their nodes' addresses, lowest first; empty for the order of <see cref="Nodes"/>.</summary>
    public IReadOnlyList<string> AddressOrder { get; init; } = [];

    /// <summary>The network whose sides have the nodes; null for loopback.</summary>
    public SplitNetwork? Network { get; init; }

    /// <summary>The names of the nodes on the second side of <see cref="Network"/>.</summary>
    public IReadOnlyCollection<string> Cut { get; init; } = [];

    internal IReadOnlyList<NodeSpec> Specs()
    {
        // The cluster compares addresses as text.
        var hosts = Nodes.Select(_ => NodeConfiguration.NextHost()).Order(StringComparer.Ordinal).ToList();
        var ordered = Nodes.OrderBy(node => AddressOrder.ToList().IndexOf(node.Role)).ToList();
        var places = Nodes.Select((node, i) =>
            Network?.Place(Cut.Contains(node.Name) ? 1 : 0, i) ?? new NodePlace(IPAddress.Parse(hosts[ordered.IndexOf(node)]))).ToList();
        List<string> seeds =
            [.. Nodes.Zip(places).Where(pair => pair.First.Role == "queue").Select(pair => pair.Second.ClusterAddress.ToString())];
        return
        [
            .. Nodes.Zip(places, (node, place) => new NodeSpec
            {
                Name = node.Name,
                Roles = [node.Role],
                Place = place,
                ClusterHost = place.ClusterAddress.ToString(),
                Seeds = seeds,
                Postgres = Database,
                Routes = Routes,
                DnsServers = DnsServers,
                Configure = Configure,
                LinesHeld = 10_000,
            }),
        ];
    }
}
