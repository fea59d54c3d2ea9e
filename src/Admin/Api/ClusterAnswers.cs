namespace Postfleet.Admin.Api;

/// <summary>The cluster as the requested node sees it.</summary>
/// <param name="Self">The requested node, as host:port.</param>
/// <param name="Leader">The leader of the membership; null while there is none.</param>
/// <param name="IsConverged">Whether all members are up and reachable.</param>
/// <param name="Members">The members, the oldest first.</param>
/// <param name="Singletons">The singletons and their nodes.</param>
/// <param name="IsComplete">Whether all nodes have answered.</param>
/// <param name="Unanswered">The nodes without an answer in time, as host:port.</param>
public sealed record ClusterView(
    string Self,
    string? Leader,
    bool IsConverged,
    IReadOnlyList<NodeStatus> Members,
    IReadOnlyList<SingletonView> Singletons,
    bool IsComplete,
    IReadOnlyList<string> Unanswered);

/// <summary>The status of a node.</summary>
/// <param name="Node">The node, as host:port.</param>
/// <param name="Roles">Its roles.</param>
/// <param name="Status">Its membership status.</param>
/// <param name="Version">The version of its program.</param>
/// <param name="IsReachable">Whether all monitoring nodes reach the node.</param>
/// <param name="Age">Its rank by age; 1 is the oldest.</param>
/// <param name="Regions">Shards and entities of each of its regions; empty when the node did not answer.</param>
public sealed record NodeStatus(
    string Node,
    IReadOnlyList<string> Roles,
    string Status,
    string Version,
    bool IsReachable,
    int Age,
    IReadOnlyDictionary<string, RegionView> Regions);

/// <summary>The number of shards and entities of a region on a node.</summary>
/// <param name="Shards">The number of shards.</param>
/// <param name="Entities">The number of entities.</param>
public sealed record RegionView(int Shards, long Entities);

/// <summary>The node of a cluster singleton.</summary>
/// <param name="Name">The name of the singleton.</param>
/// <param name="Role">The role of the nodes on which it can run.</param>
/// <param name="Node">Its node, as host:port; null while it has none.</param>
public sealed record SingletonView(string Name, string Role, string? Node);
