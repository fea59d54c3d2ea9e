using System.Diagnostics.Metrics;

namespace Postfleet.Signing.Bulk;

/// <summary>Metrics of bulk mail, documented in <c>docs/metrics.md</c>. Thread-safe.</summary>
internal static class BulkMetrics
{
    private static readonly Counter<long> Faults = new Meter("Postfleet.Signing").CreateCounter<long>(
        "postfleet.bulk.faults", "{message}", "Messages of bulk streams that lack what mailbox providers demand.");

    /// <summary>Starts all series at zero, so that a scrape has them before their first message.</summary>
    public static void Begin()
    {
        foreach (var (_, word) in BulkWords.All) Faults.Add(0, Tag(word));
    }

    /// <summary>Counts a message.</summary>
    public static void Count(string word) => Faults.Add(1, Tag(word));

    private static KeyValuePair<string, object?> Tag(string word) => new("fault", word);
}
