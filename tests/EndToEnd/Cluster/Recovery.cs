using Postfleet.Testing;

namespace Postfleet.EndToEnd.Tests.Cluster;

/// <summary>
/// Measures the recovery after a fault: for each domain, the time until the first arrival of a message that was acknowledged after the
/// fault. This message needs a living queue and destination, so the slowest domain shows when the last moved queue delivered again.
/// </summary>
internal static class Recovery
{
    /// <summary>Waits until every domain has an arrival.</summary>
    public static async Task<TimeSpan> OfAllDomainsAsync(Fleet fleet, LoadClient load, DateTimeOffset fault, TimeSpan limit)
    {
        var waiting = Enumerable.Range(0, Fleet.Domains).Select(Fleet.Domain).ToHashSet();
        var slowest = TimeSpan.Zero;
        await Eventually.True(
            async () =>
            {
                await Task.Yield();
                foreach (var message in fleet.Sink.Messages.Where(message => message.At > fault))
                {
                    if (load.Acknowledged.TryGetValue(message.Id, out var sent) && sent.At > fault
                        && waiting.Remove(message.Recipients[0].Split('@')[1]))
                    {
                        slowest = message.At - fault > slowest ? message.At - fault : slowest;
                    }
                }

                return waiting.Count == 0;
            },
            limit,
            () => $"after {limit.TotalSeconds:0} s no mail flows yet to {waiting.Count} domains: {string.Join(", ", waiting.Take(10))}");
        return slowest;
    }
}
