using Postfleet.Contracts.Stats;

namespace Postfleet.Delivery.Destinations.State;

/// <content>The connections for monitoring.</content>
internal sealed partial class ConnectionPool
{
    /// <summary>Since when the maximum number of connections is open; null if fewer are.</summary>
    public DateTimeOffset? FullSince { get; private set; }

    /// <summary>The connections in the order of their opening, without the properties of the network.</summary>
    public IEnumerable<ConnectionFacts> Describe(int max) => _connections.Take(max).Select(each => new ConnectionFacts(
        each.Number,
        each.Job is not null ? ConnectionPhase.Sending : each.IsClosing ? ConnectionPhase.Closing : each.IsReady ? ConnectionPhase.Idle
            : ConnectionPhase.Opening,
        each.OpenedAt, each.Job is not null ? each.SendingSince : each.IdleSince)
    {
        Part = each.Job?.Part,
    });
}
