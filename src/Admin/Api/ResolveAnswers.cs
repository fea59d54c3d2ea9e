namespace Postfleet.Admin.Api;

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
/// <param name="Move">The action that moves the mail of the queue to a named route; null if the queue uses its own route.</param>
/// <param name="Route">The name of the route that the action moves the mail to; null without a move.</param>
/// <param name="Limits">
/// The limits in force for the mail of the domain, with the key of each. Connections and rate are those of the node that sends there; the
/// others, and all while no node sends there, are by the configuration of this node.
/// </param>
/// <param name="Policy">
/// The weight of the stream at the destination, and the times of the queue, by the configuration of this node, with the key of each.
/// </param>
/// <param name="Tls">The policy of the domain about the TLS of its mail hosts; null for none, or where such policies are off.</param>
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
    string? Move,
    string? Route,
    IReadOnlyList<LimitView> Limits,
    IReadOnlyList<LimitView> Policy,
    TlsPolicyView? Tls);

/// <summary>The policy of a domain about the TLS of its mail hosts.</summary>
/// <param name="Source">mta-sts or dane.</param>
/// <param name="Mode">enforce or testing; for DANE, enforce, encrypt or unknown.</param>
/// <param name="Hosts">The patterns of mail hosts; for DANE, the hosts with TLSA records.</param>
/// <param name="ExpiresAt">The end of the policy, unless it is renewed.</param>
public sealed record TlsPolicyView(string Source, string Mode, IReadOnlyList<string> Hosts, DateTimeOffset ExpiresAt);

/// <summary>A host.</summary>
/// <param name="Name">Its name or address.</param>
/// <param name="Preference">Its preference; the lowest is tried first.</param>
public sealed record HostView(string Name, int Preference);

/// <summary>A limit of a destination, or a value of the policy of a queue.</summary>
/// <param name="Name">
/// connections, rate, connectionRate, messagesPerConnection, recipientsPerTransaction, size, hours, tls, idleConnection or a time-out such
/// as dataEndTimeout; or weight, firstRetry, maxRetry, lifetime or delayWarning.
/// </param>
/// <param name="Value">The limit.</param>
/// <param name="Setting">The key of the configuration that has the value; the section alone for a stream that it does not have.</param>
public sealed record LimitView(string Name, string Value, string Setting);
