using System.Diagnostics.Metrics;

namespace Postfleet.Contracts.Receiving;

/// <summary>
/// Metrics of accepted messages, documented in <c>docs/metrics.md</c>. Each module that accepts messages counts here, so that the sums
/// over all listeners are the messages of the node. Thread-safe.
/// </summary>
public static class AcceptanceMetrics
{
    private static readonly Meter Meter = new("Postfleet.Receiving");

    private static readonly Counter<long> Messages = Meter.CreateCounter<long>(
        "postfleet.accepted.messages", "{message}", "Messages accepted from clients and stored durably.");

    private static readonly Counter<long> Recipients = Meter.CreateCounter<long>(
        "postfleet.accepted.recipients", "{recipient}", "Recipients of accepted messages.");

    private static readonly Counter<long> Octets = Meter.CreateCounter<long>(
        "postfleet.accepted", "By", "Octets of content of accepted messages.");

    private static readonly Histogram<double> Duration = Meter.CreateHistogram(
        "postfleet.accept.duration", "s", "Time from the end of a message's content to its durable acceptance.",
        tags: null, new InstrumentAdvice<double>
        {
            HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
        });

    /// <summary>Starts the counters of a listener at zero, so that a scrape has them before the first message.</summary>
    /// <param name="listener">The service of the listener, for example <c>relay</c>.</param>
    public static void Begin(string listener)
    {
        Messages.Add(0, Of(listener));
        Recipients.Add(0, Of(listener));
        Octets.Add(0, Of(listener));
    }

    /// <summary>Counts an accepted message.</summary>
    /// <param name="listener">The service of the listener.</param>
    /// <param name="recipients">The number of recipients.</param>
    /// <param name="octets">The size of the content.</param>
    /// <param name="duration">The time from the end of the content.</param>
    public static void Accepted(string listener, int recipients, long octets, TimeSpan duration)
    {
        Messages.Add(1, Of(listener));
        Recipients.Add(recipients, Of(listener));
        Octets.Add(octets, Of(listener));
        Duration.Record(duration.TotalSeconds, Of(listener));
    }

    private static KeyValuePair<string, object?> Of(string listener) => new("listener", listener);
}
