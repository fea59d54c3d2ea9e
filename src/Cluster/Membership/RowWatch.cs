namespace Postfleet.Cluster.Membership;

/// <summary>
/// Counts the changes of rows over several reads of the registry. <see cref="AddressRule"/> and <see cref="EntryRule"/> own an instance
/// each. No I/O, no clock.
/// </summary>
internal sealed class RowWatch
{
    private Dictionary<string, Watched> _seen = new(StringComparer.OrdinalIgnoreCase);
    private TimeSpan? _readAt;

    /// <summary>The rows of the last read, by address in any case of letters.</summary>
    public IReadOnlyDictionary<string, Watched> Rows => _seen;

    /// <summary>Takes a read.</summary>
    /// <param name="rows">The rows, newest first.</param>
    /// <param name="now">The time of a monotonic clock.</param>
    public void Read(IEnumerable<NodeRow> rows, TimeSpan now)
    {
        var isFirst = _readAt is null;
        var isAnew = isFirst || now - _readAt > FoundingRule.MaxPause;
        _readAt = now;
        var seen = new Dictionary<string, Watched>(StringComparer.OrdinalIgnoreCase);
        foreach (var row in rows)
        {
            var isKnown = _seen.TryGetValue(row.Address, out var before);
            var watched = isKnown && before.Row == row
                ? before with { ChangedAt = isAnew ? now : before.ChangedAt }
                : new Watched(row, isFirst ? 0 : before.Beats + 1, now);
            // A machine whose name is written in other letters than before has two rows; the newer one comes first.
            seen.TryAdd(row.Address, watched);
        }

        _seen = seen;
    }

    /// <summary>A row.</summary>
    /// <param name="Row">The row at the last read.</param>
    /// <param name="Beats">The number of changes since the first read, and the row's appearance after it.</param>
    /// <param name="ChangedAt">The read of the last change, or the first read after a long pause between reads.</param>
    public readonly record struct Watched(NodeRow Row, int Beats, TimeSpan ChangedAt);
}
