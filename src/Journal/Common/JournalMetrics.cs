using System.Diagnostics.Metrics;
using Postfleet.Storage.Commit;

namespace Postfleet.Journal.Common;

/// <summary>Metrics of the journal, documented in <c>docs/metrics.md</c>. Thread-safe.</summary>
internal static class JournalMetrics
{
    /// <summary>The transactions of the journals of queues and shards.</summary>
    public static CommitMetrics Commits { get; } = new(new Meter("Postfleet.Journal"), "journal");
}
