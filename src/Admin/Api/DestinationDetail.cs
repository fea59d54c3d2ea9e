namespace Postfleet.Admin.Api;

/// <summary>A destination with its present constraint.</summary>
/// <param name="Id">The id, source|site.</param>
/// <param name="Node">The node of the destination, as host:port; null while no node sends to it.</param>
/// <param name="Why">The present constraint of the destination.</param>
/// <param name="Limits">The limits, over the whole cluster, with the key of each.</param>
/// <param name="Tokens">Transactions allowed by the rate now, negative if more have started; null without a rate.</param>
/// <param name="BackOff">The pause after the site could not be reached; null without a failure.</param>
/// <param name="Waiting">Jobs waiting for a connection or for the rate.</param>
/// <param name="Running">Jobs being sent.</param>
/// <param name="Wanted">Credit that queues have asked for and not got.</param>
/// <param name="Granted">Unused credit of queues.</param>
/// <param name="Unacknowledged">Unacknowledged outcomes.</param>
/// <param name="LastDeliveryAt">When the site last accepted a recipient, since the destination runs on its node; null for never.</param>
/// <param name="Mail">Sums over the queues whose mail goes to the destination.</param>
/// <param name="QueueCount">The number of these queues.</param>
/// <param name="Connections">The connections, at most 100.</param>
/// <param name="Replies">The last replies other than successes, the newest first: one for each pair of codes.</param>
/// <param name="Queues">The queues whose mail goes to the destination, the longest first, at most 20.</param>
/// <param name="Turns">The queues with requests or jobs at the destination, at most 100.</param>
/// <param name="Streams">The streams of all queues with requests or jobs at the destination, with their weights, at most 100.</param>
/// <param name="IsComplete">Whether all nodes have answered.</param>
/// <param name="Unanswered">The nodes without an answer in time, as host:port.</param>
public sealed record DestinationDetail(
    string Id,
    string? Node,
    WhyView Why,
    IReadOnlyList<LimitView> Limits,
    int? Tokens,
    BackOffView? BackOff,
    int Waiting,
    int Running,
    int Wanted,
    int Granted,
    int Unacknowledged,
    DateTimeOffset? LastDeliveryAt,
    QueueTotalsView Mail,
    int QueueCount,
    IReadOnlyList<ConnectionView> Connections,
    IReadOnlyList<ReplyView> Replies,
    IReadOnlyList<QueueView> Queues,
    IReadOnlyList<TurnView> Turns,
    IReadOnlyList<StreamTurnView> Streams,
    bool IsComplete,
    IReadOnlyList<string> Unanswered);

/// <summary>The pause of a destination after its site could not be reached.</summary>
/// <param name="Since">When the site could first not be reached.</param>
/// <param name="Until">The end of the pause; null once it is over, while the site is tried again.</param>
/// <param name="Reply">The reason.</param>
public sealed record BackOffView(DateTimeOffset? Since, DateTimeOffset? Until, string? Reply);

/// <summary>A connection to a mail host.</summary>
/// <param name="Number">Its number at the destination.</param>
/// <param name="Phase">opening, idle, sending or closing.</param>
/// <param name="AgeSeconds">Seconds since its opening began.</param>
/// <param name="PhaseSeconds">Seconds since the phase began.</param>
/// <param name="Host">Name and address of the host; empty while the connection is being opened.</param>
/// <param name="Source">The address of this system on the connection.</param>
/// <param name="Tls">Version, cipher suite and verification of TLS, or none; empty while it is not known.</param>
/// <param name="Messages">The number of messages sent so far.</param>
/// <param name="Message">The id of the message that is being sent; null for none.</param>
/// <param name="Queue">The queue of this message; null for none.</param>
public sealed record ConnectionView(
    int Number,
    string Phase,
    double AgeSeconds,
    double PhaseSeconds,
    string Host,
    string Source,
    string Tls,
    int Messages,
    string? Message,
    string? Queue);

/// <summary>A reply of a site other than a success.</summary>
/// <param name="At">When it was last given.</param>
/// <param name="Count">How many replies with its codes there were, since the destination runs on its node.</param>
/// <param name="Reply">The newest of them.</param>
/// <param name="Host">The host of the reply; null for a reply of this system.</param>
public sealed record ReplyView(DateTimeOffset At, long Count, string Reply, string? Host);

/// <summary>A queue with its turns at a destination.</summary>
/// <param name="Key">The key of the queue.</param>
/// <param name="Waiting">Its jobs that wait for a connection or for the rate.</param>
/// <param name="Wanted">Credit that it has asked for and not got.</param>
/// <param name="Granted">Its unused credit.</param>
public sealed record TurnView(string Key, int Waiting, int Wanted, int Granted);

/// <summary>A stream at a destination.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Weight">Its weight.</param>
/// <param name="Queues">Its queues with requests, credit or jobs.</param>
/// <param name="Waiting">Their jobs that wait for a connection or for the rate.</param>
/// <param name="Wanted">Credit that they have asked for and not got.</param>
/// <param name="Granted">Their unused credit.</param>
/// <param name="Slowed">The rate to which a rule for replies has lowered the stream, with the reason; null if none has.</param>
public sealed record StreamTurnView(string Stream, int Weight, int Queues, int Waiting, int Wanted, int Granted, string? Slowed);
