namespace Postfleet.Admin.Api;

/// <summary>A queue with the reason why it does not move, or that it moves.</summary>
/// <param name="Key">The key, stream:domain.</param>
/// <param name="Messages">Messages with open recipients.</param>
/// <param name="Recipients">Open recipients.</param>
/// <param name="Due">Due messages that wait for credit or a route.</param>
/// <param name="Deferred">Messages that wait for their next attempt.</param>
/// <param name="InFlight">Messages whose attempt is started and has no outcome.</param>
/// <param name="OldestAcceptedAt">When the oldest message was accepted.</param>
/// <param name="NextDue">The next time at which a deferred message is due, or the site is asked again.</param>
/// <param name="LastReply">The last negative reply.</param>
/// <param name="Destination">The id of the destination of the queue's mail; null before its route is resolved.</param>
/// <param name="Node">The node of the queue, as host:port.</param>
/// <param name="OldestAgeSeconds">The age of the oldest message in seconds; null for an empty queue.</param>
/// <param name="Why">What holds the queue now.</param>
public sealed record QueueDetail(
    string Key,
    int Messages,
    int Recipients,
    int Due,
    int Deferred,
    int InFlight,
    DateTimeOffset? OldestAcceptedAt,
    DateTimeOffset? NextDue,
    string? LastReply,
    string? Destination,
    string Node,
    long? OldestAgeSeconds,
    WhyView Why);

/// <summary>What holds a queue.</summary>
/// <param name="Constraint">
/// One of suspended, site-unavailable, route-unknown, rate, connections, credit, sending, retry-pause, nothing-due.
/// </param>
/// <param name="Setting">The key of the configuration or the action that makes the constraint; null for none.</param>
/// <param name="Since">Since when; null where it is not known.</param>
/// <param name="Until">Until when, or when the next attempt is; null where it is not known.</param>
/// <param name="Estimate">When the queue is empty at the rate of its limit; null without such a limit.</param>
/// <param name="LastReply">The reply behind the constraint; null for none.</param>
/// <param name="Text">The same in a sentence.</param>
public sealed record WhyView(
    string Constraint,
    string? Setting,
    DateTimeOffset? Since,
    DateTimeOffset? Until,
    DateTimeOffset? Estimate,
    string? LastReply,
    string Text);

/// <summary>The way of the mail for a domain, as it would be sent now.</summary>
/// <param name="Queue">The key of the queue.</param>
/// <param name="Result">One of deliver, defer, fail.</param>
/// <param name="Reply">Why mail is deferred or fails; null if it can be sent.</param>
/// <param name="Kind">One of mx, smarthost, capture, discard, reject; null without a way.</param>
/// <param name="Destination">The id of the destination; null without a way.</param>
/// <param name="Hosts">The hosts in the order in which they are tried.</param>
/// <param name="Port">The TCP port; 0 for mail that leaves over no network.</param>
/// <param name="ValidForSeconds">How long the answer may be kept, in seconds.</param>
/// <param name="Suspension">The action that suspends the queue; null for none.</param>
/// <param name="Limits">The limits in force; none while no node sends to the destination.</param>
public sealed record ResolveView(
    string Queue,
    string Result,
    string? Reply,
    string? Kind,
    string? Destination,
    IReadOnlyList<HostView> Hosts,
    int Port,
    double ValidForSeconds,
    string? Suspension,
    IReadOnlyList<LimitView> Limits);

/// <summary>A host.</summary>
/// <param name="Name">Its name or address.</param>
/// <param name="Preference">Its preference; the lowest is tried first.</param>
public sealed record HostView(string Name, int Preference);

/// <summary>A limit of a destination.</summary>
/// <param name="Name">One of connections, rate.</param>
/// <param name="Value">The limit.</param>
/// <param name="Setting">The key of the configuration that it comes from.</param>
public sealed record LimitView(string Name, string Value, string Setting);
