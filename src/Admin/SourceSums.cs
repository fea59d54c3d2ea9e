using Postfleet.Admin.Messages;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;

namespace Postfleet.Admin;

/// <summary>
/// Sums over destinations by source and provider: on each node for its report, and over the reports for the answer. Used on one thread.
/// </summary>
internal sealed class SourceSums
{
    /// <summary>The most sums in a list.</summary>
    public const int Max = 200;

    private readonly Dictionary<(string Source, string Provider), SourceStatistics> _sums = [];

    /// <summary>The source in the id of a destination, which reads <c>source|site</c>.</summary>
    public static ReadOnlySpan<char> SourceOf(DestinationId destination)
    {
        var id = destination.Value.AsSpan();
        var end = id.IndexOf('|');
        return end < 0 ? id : id[..end];
    }

    /// <summary>Adds a destination.</summary>
    public void Add(DestinationId destination, DestinationCounts counts, DateTimeOffset now)
    {
        var isPaused = counts.PausedUntil > now;
        var since = isPaused ? counts.PausedSince : counts.DownSince;
        var reply = isPaused ? counts.RuleReply : counts.DownSince is null ? null : counts.Reply;
        Add(new SourceStatistics(SourceOf(destination).ToString(), counts.Provider)
        {
            Destinations = 1,
            Unreachable = counts.DownSince is null ? 0 : 1,
            Paused = isPaused ? 1 : 0,
            Lowered = counts.Factor is null ? 0 : 1,
            Waiting = counts.Waiting,
            Running = counts.Running,
            Connections = counts.Connections,
            FailedSince = string.IsNullOrEmpty(reply) ? null : since,
            Reply = string.IsNullOrEmpty(reply) ? null : reply,
        });
    }

    /// <summary>Adds the sums of a node.</summary>
    public void Add(SourceStatistics sums)
    {
        var key = (sums.Source, sums.Provider);
        _sums[key] = _sums.TryGetValue(key, out var before) ? before + sums : sums;
    }

    /// <summary>The sums, those of the most destinations first, and at most <see cref="Max"/>.</summary>
    public IReadOnlyList<SourceStatistics> ToList() =>
    [
        .. _sums.Values.OrderByDescending(sums => sums.Destinations).ThenBy(sums => sums.Source, StringComparer.Ordinal)
            .ThenBy(sums => sums.Provider, StringComparer.Ordinal).Take(Max),
    ];
}
