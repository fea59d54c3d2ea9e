using Postfleet.Testing;

namespace Postfleet.EndToEnd.Tests.Cluster;

/// <summary>A message that arrived more than once for a recipient.</summary>
/// <param name="Id">Its Message-Id.</param>
/// <param name="Recipient">The recipient.</param>
/// <param name="Arrivals">All arrivals in the order of time.</param>
internal sealed record Repeat(string Id, string Recipient, IReadOnlyList<SinkMessage> Arrivals)
{
    public override string ToString() =>
        $"{Id} to {Recipient}: {string.Join("; ", Arrivals.Select(arrival => $"{arrival.At:HH:mm:ss.fff} from {arrival.Client} on connection {arrival.Connection}"))}";
}
