using Postfleet.Spool.Common;

namespace Postfleet.Testing.Fakes;

/// <summary>The counts for reports in memory. Thread-safe.</summary>
public sealed class MemoryReportCounts : IReportCountStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<(ReportCountKey Key, string Hash), ReportCount> _rows = [];

    /// <summary>Whether the storage does not answer.</summary>
    public bool IsAway { get; set; }

    /// <summary>The rows of all reports.</summary>
    public IReadOnlyList<ReportCount> Rows
    {
        get
        {
            lock (_lock) return [.. _rows.Values];
        }
    }

    /// <inheritdoc/>
    public ValueTask AddAsync(ReportCountKind kind, IReadOnlyList<ReportCount> rows, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            Check();
            foreach (var row in rows)
            {
                var place = (row.Key, Convert.ToHexString(row.Hash.Span));
                _rows[place] = _rows.TryGetValue(place, out var known) ? known with { Count = known.Count + row.Count } : row;
            }
        }

        return default;
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ReportCountKey>> ListAsync(
        ReportCountKind kind, DateOnly before, ReportCountKey? after, int limit, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            Check();
            return new(
            [
                .. _rows.Keys.Select(place => place.Key).Distinct()
                    .OrderBy(key => key.Day).ThenBy(key => key.Subject, StringComparer.Ordinal)
                    .Where(key => key.Day < before && (after is not { } last || Compare(key, last) > 0)).Take(limit),
            ]);
        }
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ReportCount>> ReadAsync(
        ReportCountKind kind, ReportCountKey key, int limit, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            Check();
            return new([.. _rows.Values.Where(row => row.Key == key).OrderByDescending(row => row.Count).Take(limit)]);
        }
    }

    /// <inheritdoc/>
    public ValueTask DeleteAsync(ReportCountKind kind, IReadOnlyList<ReportCount> rows, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            Check();
            foreach (var row in rows)
            {
                var place = (row.Key, Convert.ToHexString(row.Hash.Span));
                if (!_rows.TryGetValue(place, out var known)) continue;
                if (known.Count > row.Count) _rows[place] = known with { Count = known.Count - row.Count };
                else _rows.Remove(place);
            }
        }

        return default;
    }

    private static int Compare(ReportCountKey one, ReportCountKey other) =>
        one.Day != other.Day ? one.Day.CompareTo(other.Day) : string.CompareOrdinal(one.Subject, other.Subject);

    private void Check()
    {
        if (IsAway) throw new SpoolUnavailableException("away");
    }
}
