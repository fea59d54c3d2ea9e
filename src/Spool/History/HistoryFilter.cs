using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;

namespace Postfleet.Spool.History;

/// <summary>Drops outcomes by the kept kinds of events, before a transaction reads anything for them.</summary>
internal static class HistoryFilter
{
    /// <summary>The kept outcomes; null for none.</summary>
    public static PartOutcomes? Kept(this HistoryKeep keep, PartOutcomes? outcomes)
    {
        if (outcomes is null || keep == HistoryKeep.None) return null;
        if (keep == HistoryKeep.All || outcomes.Recipients.All(outcome => outcome.Disposition != Disposition.Delivered)) return outcomes;
        RecipientOutcome[] failures = [.. outcomes.Recipients.Where(outcome => outcome.Disposition != Disposition.Delivered)];
        return failures.Length == 0 ? null : outcomes with { Recipients = failures };
    }
}
