namespace Postfleet.Admin.Api;

/// <summary>A page of the queues of the cluster, the queues with the most messages first.</summary>
/// <param name="Total">Sums over all queues, not only of this page.</param>
/// <param name="QueueCount">The number of queues with mail.</param>
/// <param name="Throughput">What all nodes accept, deliver and defer at present.</param>
/// <param name="Unclaimed">Accepted mail not yet claimed by a queue; null while the storage does not answer.</param>
/// <param name="Queues">The queues of the page.</param>
/// <param name="Cursor">Continues the list where the page ends; null at its end.</param>
/// <param name="IsComplete">Whether all nodes and the storage have answered.</param>
/// <param name="Unanswered">The nodes without an answer in time, as host:port.</param>
public sealed record QueueList(
    QueueTotalsView Total,
    int QueueCount,
    ThroughputView Throughput,
    UnclaimedView? Unclaimed,
    IReadOnlyList<QueueView> Queues,
    string? Cursor,
    bool IsComplete,
    IReadOnlyList<string> Unanswered);

/// <summary>Recipients per second, as the mean of the last ten seconds. Streams and filters do not matter.</summary>
/// <param name="Accepted">Recipients of accepted messages.</param>
/// <param name="Delivered">Delivered recipients.</param>
/// <param name="Deferred">Temporary failures of recipients.</param>
public sealed record ThroughputView(double Accepted, double Delivered, double Deferred);

/// <summary>Sums over queues.</summary>
/// <param name="Messages">Messages with open recipients.</param>
/// <param name="Recipients">Open recipients.</param>
/// <param name="Due">Due messages waiting for credit or a route.</param>
/// <param name="Deferred">Messages waiting for their next attempt.</param>
/// <param name="InFlight">Messages whose attempt is started and has no outcome.</param>
/// <param name="Held">Messages that an operator has put on hold.</param>
public sealed record QueueTotalsView(long Messages, long Recipients, long Due, long Deferred, long InFlight, long Held);

/// <summary>A queue: the mail of one stream for one domain.</summary>
/// <param name="Key">The key, stream:domain.</param>
/// <param name="Messages">Messages with open recipients.</param>
/// <param name="Recipients">Open recipients.</param>
/// <param name="Due">Due messages waiting for credit or a route.</param>
/// <param name="Deferred">Messages waiting for their next attempt.</param>
/// <param name="InFlight">Messages whose attempt is started and has no outcome.</param>
/// <param name="Held">Messages that an operator has put on hold.</param>
/// <param name="OldestAcceptedAt">When the oldest message was accepted; null while all mail waits for its time of sending.</param>
/// <param name="NextDue">The next time at which a deferred message is due, or the site is asked again.</param>
/// <param name="LastReply">The last negative reply.</param>
/// <param name="Destination">The id of the destination of the queue's mail; null before its route is resolved.</param>
/// <param name="Node">The node of the queue, as host:port.</param>
public sealed record QueueView(
    string Key,
    int Messages,
    int Recipients,
    int Due,
    int Deferred,
    int InFlight,
    int Held,
    DateTimeOffset? OldestAcceptedAt,
    DateTimeOffset? NextDue,
    string? LastReply,
    string? Destination,
    string Node);

/// <summary>Accepted mail claimed by no queue.</summary>
/// <param name="Messages">The number of messages. A message for several queues counts once for each queue.</param>
/// <param name="Recipients">The number of their recipients.</param>
/// <param name="OldestAcceptedAt">When the oldest message was accepted.</param>
/// <param name="IsComplete">Whether all unclaimed messages are counted.</param>
public sealed record UnclaimedView(int Messages, long Recipients, DateTimeOffset? OldestAcceptedAt, bool IsComplete);
