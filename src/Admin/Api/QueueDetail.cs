namespace Postfleet.Admin.Api;

/// <summary>A queue with its present constraint.</summary>
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
/// <param name="OldestAgeSeconds">The age of the oldest message in seconds; null for an empty queue.</param>
/// <param name="Why">The present constraint of the queue.</param>
/// <param name="Activity">The outcomes of the last minute, hour and day; null if the queue has not answered in time.</param>
/// <param name="Next">The messages that are tried next, the first at first, at most 20; messages on hold come last.</param>
public sealed record QueueDetail(
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
    string Node,
    long? OldestAgeSeconds,
    WhyView Why,
    ActivityView? Activity,
    IReadOnlyList<WaitingView> Next);

/// <summary>The present constraint of a queue, a message or a destination.</summary>
/// <param name="Constraint">
/// Of queues and messages: suspended, held, dns-failing, site-unavailable, paused-by-rule, node-leaving, node-starting, no-mx,
/// route-unknown, rate, connections, credit, sending, send-at, retry-pause or nothing-due; of a message also unclaimed and
/// node-unreachable; of a destination also inactive.
/// </param>
/// <param name="Setting">The key of the configuration or the action behind the constraint; null for none.</param>
/// <param name="Since">Since when; null where it is not known.</param>
/// <param name="Until">Until when, or when the next attempt is; null where it is not known.</param>
/// <param name="Estimate">When the queue is empty at its present rate, or at the limit; null where it cannot be told.</param>
/// <param name="LastReply">The reply behind the constraint; null for none.</param>
/// <param name="Text">The same in a sentence.</param>
/// <param name="Move">The action that moves the mail of the queue to a named route; null if the queue uses its own route.</param>
public sealed record WhyView(
    string Constraint,
    string? Setting,
    DateTimeOffset? Since,
    DateTimeOffset? Until,
    DateTimeOffset? Estimate,
    string? LastReply,
    string Text,
    string? Move = null);

/// <summary>The outcomes of a queue. Each count may include up to a sixth of its time more.</summary>
/// <param name="Since">When counting began: a queue that moves, or was empty for a while, begins again.</param>
/// <param name="Delivered">Delivered recipients.</param>
/// <param name="Deferred">Temporary failures of recipients; a recipient counts once per attempt.</param>
/// <param name="Failed">Recipients that failed, expired, or were ended by an operator.</param>
public sealed record ActivityView(DateTimeOffset Since, CountsView Delivered, CountsView Deferred, CountsView Failed);

/// <summary>Counts of recipients.</summary>
/// <param name="Minute">In the last minute.</param>
/// <param name="Hour">In the last hour.</param>
/// <param name="Day">In the last day.</param>
public sealed record CountsView(int Minute, int Hour, int Day);

/// <summary>A message in a queue.</summary>
/// <param name="Id">The id of the message.</param>
/// <param name="State">due, deferred, sending or held.</param>
/// <param name="NextAttempt">When it is tried next, as known now; null while it is sent, or as long as an operator holds it.</param>
/// <param name="Attempts">The number of attempts so far.</param>
/// <param name="Recipients">Open recipients.</param>
/// <param name="AcceptedAt">When it was accepted.</param>
/// <param name="LastReply">The last reply; null for none.</param>
/// <param name="RemoteHost">The host of the last reply; null for a reply of this system.</param>
public sealed record WaitingView(
    string Id,
    string State,
    DateTimeOffset? NextAttempt,
    int Attempts,
    int Recipients,
    DateTimeOffset AcceptedAt,
    string? LastReply,
    string? RemoteHost);
