namespace Postfleet.Testing;

/// <summary>The totals of <c>GET /api/v1/queues</c>.</summary>
/// <param name="Messages">Messages in all queues.</param>
/// <param name="Recipients">Recipients without an outcome.</param>
/// <param name="Due">Parts that wait for a connection.</param>
/// <param name="Deferred">Parts that wait for their next attempt.</param>
/// <param name="InFlight">Attempts in progress.</param>
public sealed record QueueTotals(long Messages, long Recipients, long Due, long Deferred, long InFlight);
