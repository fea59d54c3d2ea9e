namespace Postfleet.Admin.Api;

/// <summary>A reload of the configuration of nodes.</summary>
/// <param name="Nodes">What each node made of its configuration.</param>
/// <param name="IsComplete">Whether all nodes have answered.</param>
/// <param name="Unanswered">The nodes without an answer in time, as host:port. They may have reloaded nevertheless.</param>
public sealed record ReloadView(IReadOnlyList<NodeReloadView> Nodes, bool IsComplete, IReadOnlyList<string> Unanswered);

/// <summary>The reload of a node. Keys are named without their values; a list counts as one key.</summary>
/// <param name="Node">The node, as host:port.</param>
/// <param name="Changed">The changed keys whose new values are in force.</param>
/// <param name="RestartNeeded">The changed keys whose new values need a restart of the node.</param>
/// <param name="Errors">A line for each fault; if there is one, nothing has changed on the node.</param>
public sealed record NodeReloadView(
    string Node, IReadOnlyList<string> Changed, IReadOnlyList<string> RestartNeeded, IReadOnlyList<string> Errors);

/// <summary>The problem of a reload that a node has refused.</summary>
/// <param name="Type">The kind of the problem.</param>
/// <param name="Title">The kind of the problem in words.</param>
/// <param name="Status">The status code of HTTP.</param>
/// <param name="Detail">The first error.</param>
/// <param name="Errors">All errors, each behind the name of its node.</param>
/// <param name="Nodes">What each node made of its configuration; nodes without errors have applied theirs.</param>
/// <param name="IsComplete">Whether all nodes have answered.</param>
/// <param name="Unanswered">The nodes without an answer in time.</param>
public sealed record ReloadProblem(
    string Type,
    string Title,
    int Status,
    string Detail,
    IReadOnlyList<string> Errors,
    IReadOnlyList<NodeReloadView> Nodes,
    bool IsComplete,
    IReadOnlyList<string> Unanswered);
