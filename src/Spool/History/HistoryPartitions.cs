using System.Globalization;

namespace Postfleet.Spool.History;

/// <summary>A partition of the table of events: the events of a span of time.</summary>
/// <param name="From">Its first moment, a whole minute.</param>
/// <param name="To">The moment after it.</param>
/// <param name="Bytes">Its size with its indexes, in octets; 0 where it is planned.</param>
internal readonly record struct HistoryPartition(DateTimeOffset From, DateTimeOffset To, long Bytes)
{
    private const string Prefix = "history_";
    private const string Form = "yyyyMMddHHmm";

    /// <summary>The name of its table, from which its span is read again.</summary>
    public string Name => Prefix + From.UtcDateTime.ToString(Form, CultureInfo.InvariantCulture) + "_"
        + To.UtcDateTime.ToString(Form, CultureInfo.InvariantCulture);

    /// <summary>Reads a name; null for other tables.</summary>
    public static HistoryPartition? Parse(string name, long bytes)
    {
        if (!name.StartsWith(Prefix, StringComparison.Ordinal)) return null;
        return name[Prefix.Length..].Split('_') is [var from, var to] && Read(from) is { } first && Read(to) is { } end && first < end
            ? new HistoryPartition(first, end, bytes) : null;
    }

    private static DateTimeOffset? Read(string text) => DateTimeOffset.TryParseExact(
        text, Form, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
        ? time : null;
}

/// <summary>Plans which partitions are made and dropped. All partitions together leave no gap from the present time on.</summary>
internal static class HistoryPartitions
{
    // The server plans each partition of a search for about 0.1 ms.
    private const int MaxPartitions = 42;

    // The share of the space for a partition: partitions are dropped whole.
    private const int SharesOfSpace = 32;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Ahead = TimeSpan.FromMinutes(10);

    /// <summary>
    /// The width of the next partitions: a share of the retention, less where the space fills fast, and an hour at most before the rate of
    /// events is known.
    /// </summary>
    public static TimeSpan Width(IReadOnlyList<HistoryPartition> existing, DateTimeOffset now, HistoryBounds bounds)
    {
        var width = TimeSpan.FromHours(Math.Max(1, Math.Ceiling(bounds.Retention / Hour / MaxPartitions)));
        if (bounds.Retention / 4 < width) width = bounds.Retention / 4;
        var isMeasured = false;
        foreach (var partition in existing)
        {
            var age = (now < partition.To ? now : partition.To) - partition.From;
            if (now - partition.To > width || age < Minute) continue;
            isMeasured = true;
            if (partition.Bytes == 0) continue;
            var fitting = age * Math.Min(1e6, (double)bounds.MaxBytes / SharesOfSpace / partition.Bytes);
            if (fitting < width) width = fitting;
        }

        if (!isMeasured && width > Hour) width = Hour;
        var minutes = Math.Max(1, Math.Floor(width / Minute));
        return TimeSpan.FromMinutes(minutes);
    }

    /// <summary>
    /// The missing partitions for events from now on until two widths from now, and no more than two hours: the rate may change.
    /// </summary>
    public static IReadOnlyList<HistoryPartition> Missing(
        IReadOnlyList<HistoryPartition> existing, DateTimeOffset now, TimeSpan width)
    {
        var from = AlignDown(now, width);
        foreach (var partition in existing) if (partition.To > from) from = partition.To;
        var until = now + TimeSpan.FromTicks(Math.Clamp(2 * width.Ticks, Ahead.Ticks, 2 * Hour.Ticks));
        List<HistoryPartition> missing = [];
        while (from < until)
        {
            var to = AlignDown(from, width) + width;
            missing.Add(new HistoryPartition(from, to, 0));
            from = to;
        }

        return missing;
    }

    /// <summary>The partitions to drop, the oldest first: too old, or beyond the space. Partitions of the future stay.</summary>
    public static IReadOnlyList<HistoryPartition> Excess(
        IReadOnlyList<HistoryPartition> existing, DateTimeOffset now, HistoryBounds bounds, long otherBytes)
    {
        var bytes = otherBytes + existing.Sum(partition => partition.Bytes);
        List<HistoryPartition> excess = [];
        foreach (var partition in existing.OrderBy(partition => partition.From).Where(partition => partition.From <= now))
        {
            if (partition.To > now - bounds.Retention && bytes <= bounds.MaxBytes) break;
            excess.Add(partition);
            bytes -= partition.Bytes;
        }

        return excess;
    }

    private static DateTimeOffset AlignDown(DateTimeOffset time, TimeSpan width) =>
        new(time.UtcTicks - time.UtcTicks % width.Ticks, TimeSpan.Zero);
}
