namespace Postfleet.Admin.Api;

/// <summary>A queue with its present constraint.</summary>
/// <param name="Key">The key, stream:domain.</param>
/// <param name="Messages">Messages with open recipients.</param>
/// <param name="Recipients">Open recipients.</param>
/// <param name="Due">Due messages waiting for credit or a route.</param>
/// <param name="Deferred">Messages waiting for their next attempt.</param>
/// <param name="InFlight">Messages whose attempt is started and has no outcome.</param>
/// <param name="OldestAcceptedAt">When the oldest message was accepted; for mail with a time of sending, that time.</param>
/// <param name="NextDue">The next time at which a deferred message is due, or the site is asked again.</param>
/// <param name="LastReply">The last negative reply.</param>
/// <param name="Destination">The id of the destination of the queue's mail; null before its route is resolved.</param>
/// <param name="Node">The node of the queue, as host:port.</param>
/// <param name="OldestAgeSeconds">The age of the oldest message in seconds; null for an empty queue.</param>
/// <param name="Why">The present constraint of the queue.</param>
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

/// <summary>The present constraint of a queue.</summary>
/// <param name="Constraint">
/// suspended, site-unavailable, route-unknown, rate, connections, credit, sending, retry-pause or nothing-due.
/// </param>
/// <param name="Setting">The key of the configuration or the action behind the constraint; null for none.</param>
/// <param name="Since">Since when; null where it is not known.</param>
/// <param name="Until">Until when, or when the next attempt is; null where it is not known.</param>
/// <param name="Estimate">When the queue is empty at the rate of its limit; null without a rate limit.</param>
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
/// <param name="Result">deliver, defer or fail.</param>
/// <param name="Reply">Why mail is deferred or fails; null if it can be sent.</param>
/// <param name="Kind">mx, smarthost, capture, discard or reject; null without a way.</param>
/// <param name="Destination">The id of the destination; null without a way.</param>
/// <param name="Hosts">The hosts in the order in which they are tried.</param>
/// <param name="Port">The TCP port; 0 for a target without hosts.</param>
/// <param name="ValidForSeconds">How long the answer may be kept, in seconds.</param>
/// <param name="Suspension">The action behind the suspension of the queue; null for none.</param>
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
/// <param name="Name">connections or rate.</param>
/// <param name="Value">The limit.</param>
/// <param name="Setting">The key of the configuration for the limit.</param>
public sealed record LimitView(string Name, string Value, string Setting);
