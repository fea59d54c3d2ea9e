namespace Postfleet.Spool.Common;

/// <summary>Tells readers of the feed which setting keeps their events out of it.</summary>
public static class KeptKinds
{
    // HistoryKeep.Failures keeps the other kinds.
    private static readonly HistoryKind[] OnlyOfAll = [HistoryKind.Accepted, HistoryKind.Delivered, HistoryKind.Dsn];

    /// <summary>Why the feed never has events of any of the kinds; null if it has some.</summary>
    /// <param name="keep">The kept kinds of events.</param>
    /// <param name="kinds">The kinds; null for all.</param>
    public static string? Refusal(HistoryKeep keep, IReadOnlyList<HistoryKind>? kinds) => keep switch
    {
        HistoryKeep.None => "History:Keep is none; events need all or failures",
        HistoryKeep.Failures when kinds is not null && kinds.All(OnlyOfAll.Contains) =>
            $"History:Keep is failures; allowed for events of the kinds {string.Join(", ", kinds).ToLowerInvariant()}: all",
        _ => null,
    };
}
