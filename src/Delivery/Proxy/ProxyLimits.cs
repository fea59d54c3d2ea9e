namespace Postfleet.Delivery.Proxy;

/// <summary>The limits of the connections to a host behind a proxy.</summary>
/// <param name="Connections">Most connections at a time.</param>
/// <param name="Messages">Most messages and questions of a connection.</param>
/// <param name="Idle">How long an unused connection stays open.</param>
internal readonly record struct ProxyLimits(int Connections, int Messages, TimeSpan Idle);
