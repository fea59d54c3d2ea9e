namespace Postfleet.Core.Suppression;

/// <summary>
/// Decides a batch of changes of the suppression list: rows before, rows after, and the effects. Later changes of a batch see the earlier
/// ones. Both engines of the storage run it inside their transaction. Pure. Used once.
/// </summary>
/// <param name="rows">The stored rows of the keys of the batch.</param>
/// <param name="lastChange">The number of the last change of any entry.</param>
/// <param name="now">The time.</param>
public sealed class SuppressionBatch(IEnumerable<SuppressionRow> rows, long lastChange, DateTimeOffset now)
{
    private readonly Dictionary<SuppressionKey, SuppressionRow> _before = rows.ToDictionary(row => row.Key);
    private readonly Dictionary<SuppressionKey, SuppressionRow?> _after = [];

    /// <summary>The number of the last change.</summary>
    public long LastChange { get; private set; } = lastChange;

    /// <summary>The rows to write.</summary>
    public IEnumerable<SuppressionRow> Written => _after.Values.OfType<SuppressionRow>();

    /// <summary>The rows to delete.</summary>
    public IEnumerable<SuppressionKey> Deleted => _after.Where(row => row.Value is null).Select(row => row.Key);

    /// <summary>Applies a change.</summary>
    public SuppressionEffect Apply(SuppressionWrite write)
    {
        ArgumentNullException.ThrowIfNull(write);
        var row = _after.TryGetValue(write.Key, out var changed) ? changed : _before.GetValueOrDefault(write.Key);
        var isActive = row is not null && row.IsActive(now);
        switch (write)
        {
            case SuppressionPut put:
                Set(new SuppressionRow(put.Key, Cut(put.Reason), Cut(put.Source), now, put.ExpiresAt) { Change = ++LastChange });
                return isActive ? SuppressionEffect.Replaced : SuppressionEffect.Added;
            case SuppressionRemoval:
                if (row is null) return SuppressionEffect.None;
                _after[write.Key] = null;
                return isActive ? SuppressionEffect.Removed : SuppressionEffect.None;
            case SuppressionHit hit: return isActive ? SuppressionEffect.None : Count(row, hit);
            default: throw new InvalidOperationException($"unknown change {write.GetType().Name}");
        }
    }

    private SuppressionEffect Count(SuppressionRow? row, SuppressionHit hit)
    {
        // Failures towards an earlier entry, which is over, do not count.
        var counted = row is { Change: 0 } && row.CreatedAt + hit.Within > now ? row : null;
        if (counted?.Origin == hit.Origin) return SuppressionEffect.None;
        var hits = (counted?.Hits ?? 0) + 1;
        var next = new SuppressionRow(hit.Key, Cut(hit.Reason), Cut(hit.Source), now, now + hit.Within)
        {
            Hits = hits,
            Origin = hit.Origin,
        };
        if (hits < hit.Needed)
        {
            Set(next);
            return SuppressionEffect.Counted;
        }

        Set(next with { ExpiresAt = now + hit.Life, Change = ++LastChange });
        return SuppressionEffect.Added;
    }

    private void Set(SuppressionRow row) => _after[row.Key] = row;

    private static string Cut(string text) => text.Length <= SuppressionRow.MaxText ? text : text[..SuppressionRow.MaxText];
}
