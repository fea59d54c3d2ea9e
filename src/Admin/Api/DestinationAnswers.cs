namespace Postfleet.Admin.Api;

/// <summary>A page of the destinations of the cluster, the destinations with the most jobs first.</summary>
/// <param name="DestinationCount">The number of destinations.</param>
/// <param name="Destinations">The destinations of the page.</param>
/// <param name="Sources">Sums over these destinations by source and provider, the largest number first, at most 200.</param>
/// <param name="Cursor">Continues the list where the page ends; null at its end.</param>
/// <param name="IsComplete">Whether all nodes have answered.</param>
/// <param name="Unanswered">The nodes without an answer in time, as host:port.</param>
public sealed record DestinationList(
    int DestinationCount,
    IReadOnlyList<DestinationView> Destinations,
    IReadOnlyList<SourceView> Sources,
    string? Cursor,
    bool IsComplete,
    IReadOnlyList<string> Unanswered);

/// <summary>The health of a source at a provider: sums over its destinations.</summary>
/// <param name="Source">The source, as in the ids of the destinations.</param>
/// <param name="Provider">The provider; null for the destinations of none.</param>
/// <param name="Destinations">The number of destinations.</param>
/// <param name="Unreachable">Destinations that could not be reached at the last try.</param>
/// <param name="Paused">Destinations that a rule for replies pauses.</param>
/// <param name="Lowered">Destinations with a limit that a rule for replies has lowered.</param>
/// <param name="Waiting">Jobs waiting for a connection or for the rate.</param>
/// <param name="Running">Jobs being sent.</param>
/// <param name="Connections">Open, opening and closing connections.</param>
/// <param name="FailedSince">Since when the newest of the unreachable or paused destinations is so; null without one.</param>
/// <param name="Reply">The reason; null without one.</param>
public sealed record SourceView(
    string Source,
    string? Provider,
    int Destinations,
    int Unreachable,
    int Paused,
    int Lowered,
    int Waiting,
    int Running,
    int Connections,
    DateTimeOffset? FailedSince,
    string? Reply);

/// <summary>A destination: a set of mail hosts with common limits, reached from one source.</summary>
/// <param name="Id">The id, source|site.</param>
/// <param name="Provider">The provider of its hosts, by section Providers; null for none.</param>
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
    string? Provider,
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
