namespace Postfleet.Admin.Api;

/// <summary>A page of the destinations of the cluster, the destinations with the most jobs first.</summary>
/// <param name="DestinationCount">The number of destinations.</param>
/// <param name="Destinations">The destinations of the page.</param>
/// <param name="Cursor">Continues the list where the page ends; null at its end.</param>
/// <param name="IsComplete">Whether all nodes have answered.</param>
/// <param name="Unanswered">The nodes without an answer in time, as host:port.</param>
public sealed record DestinationList(
    int DestinationCount,
    IReadOnlyList<DestinationView> Destinations,
    string? Cursor,
    bool IsComplete,
    IReadOnlyList<string> Unanswered);

/// <summary>A destination: a set of mail hosts with common limits, reached from one source.</summary>
/// <param name="Id">The id, source|site.</param>
/// <param name="Queues">Queues with requests, jobs or outcomes at the destination.</param>
/// <param name="Waiting">Jobs waiting for a connection or for the rate.</param>
/// <param name="Running">Jobs being sent.</param>
/// <param name="Connections">Open, opening and closing connections.</param>
/// <param name="Granted">Unused credit of queues.</param>
/// <param name="Unacknowledged">Unacknowledged outcomes.</param>
/// <param name="MaxConnections">The maximum number of connections, over the whole cluster.</param>
/// <param name="MaxRate">The maximum rate of transactions, over the whole cluster; empty without a limit.</param>
/// <param name="Tokens">Transactions allowed by the rate now, negative if more have started; null without a rate.</param>
/// <param name="DownUntil">The end of the pause after the site could not be reached; null without a pause.</param>
/// <param name="Reply">The reason of the last failure to reach the site; null if the site was reached.</param>
/// <param name="Node">The node of the destination, as host:port.</param>
public sealed record DestinationView(
    string Id,
    int Queues,
    int Waiting,
    int Running,
    int Connections,
    int Granted,
    int Unacknowledged,
    int MaxConnections,
    string MaxRate,
    int? Tokens,
    DateTimeOffset? DownUntil,
    string? Reply,
    string Node);
