using Postfleet.Admin.Http;
using Postfleet.Admin.Messages;

namespace Postfleet.Admin;

/// <summary>Merges the pages of the nodes into a page of the cluster. Pure.</summary>
internal static class ClusterPage
{
    /// <summary>Merges pages, each in the order of <see cref="ListPlace"/>.</summary>
    /// <param name="pages">The pages, and whether their nodes have more entries behind them.</param>
    /// <param name="number">The number of an entry.</param>
    /// <param name="name">The name of an entry.</param>
    /// <param name="max">The maximum number of entries.</param>
    /// <returns>The page, and the cursor behind it; null at the end of the list.</returns>
    public static (IReadOnlyList<T> Page, string? Cursor) Merge<T>(
        IReadOnlyList<(IReadOnlyList<T> Entries, bool HasMore)> pages, Func<T, int> number, Func<T, string> name, int max)
        where T : class
    {
        // The list is known up to the end of the shortest incomplete page: further entries of its node may follow.
        var end = pages.Where(page => page.HasMore && page.Entries.Count > 0).Select(page => page.Entries[^1])
            .Aggregate(default(T), (first, each) => first is null || Compare(each, first) < 0 ? each : first);
        // Two nodes may report the same queue while it moves. The report with more messages counts.
        var entries = pages.SelectMany(page => page.Entries).Where(each => end is null || Compare(each, end) <= 0)
            .Order(Comparer<T>.Create(Compare)).DistinctBy(name, StringComparer.Ordinal).ToList();
        var hasMore = entries.Count > max || pages.Any(page => page.HasMore) || entries.Count < pages.Sum(page => page.Entries.Count);
        var listed = entries.Take(max).ToList();
        return (listed, hasMore && listed.Count > 0 ? ListCursor.Write(number(listed[^1]), name(listed[^1])) : null);

        int Compare(T left, T right) => ListPlace.Compare(number(left), name(left), number(right), name(right));
    }
}
