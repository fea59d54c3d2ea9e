using System.Diagnostics.Metrics;
using DnsClient;

namespace Postfleet.Dns;

/// <summary>Metrics of DNS queries, documented in <c>docs/metrics.md</c>. Thread-safe.</summary>
internal static class DnsMetrics
{
    private static readonly double[] Buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

    private static readonly Histogram<double> Duration = new Meter("Postfleet.Dns").CreateHistogram(
        "postfleet.dns.query.duration", "s", "Duration of DNS queries, with their repetitions at other servers.",
        tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = Buckets });

    /// <summary>Records a query.</summary>
    /// <param name="type">The type of records.</param>
    /// <param name="status">The answer.</param>
    /// <param name="duration">The duration, with all repetitions.</param>
    public static void Asked(QueryType type, DnsStatus status, TimeSpan duration) => Duration.Record(
        duration.TotalSeconds,
        new KeyValuePair<string, object?>(
            "type", type switch
            {
                QueryType.MX => "mx",
                QueryType.A => "a",
                QueryType.AAAA => "aaaa",
                QueryType.TXT => "txt",
                QueryType.PTR => "ptr",
                QueryType.TLSA => "tlsa",
                _ => "other"
            }),
        new KeyValuePair<string, object?>(
            "outcome", status switch { DnsStatus.Found => "found", DnsStatus.NameNotFound => "absent", _ => "failed" }));
}
