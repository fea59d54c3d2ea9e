using Postfleet.Contracts.Suppression;
using Postfleet.Core.Suppression;

namespace Postfleet.Admin.Tests.Fakes;

/// <summary>A suppression list in memory, by the rules of the engines.</summary>
internal sealed class FakeSuppressions : ISuppressions
{
    private readonly SortedDictionary<SuppressionKey, SuppressionRow> _rows = [];
    private long _last;

    /// <summary>Whether the storage does not answer.</summary>
    public bool IsAway { get; set; }

    /// <summary>The time of the changes.</summary>
    public DateTimeOffset Now { get; set; } = new(2026, 11, 29, 18, 0, 0, TimeSpan.Zero);

    /// <inheritdoc/>
    public bool IsOn { get; set; } = true;

    /// <summary>The rows.</summary>
    public IReadOnlyCollection<SuppressionRow> Rows => _rows.Values;

    /// <inheritdoc/>
    public Task<SuppressionRow?> FindAsync(SuppressionKey key, CancellationToken cancellationToken) =>
        Task.FromResult(Known().GetValueOrDefault(key));

    /// <inheritdoc/>
    public Task<SuppressionPage> ListAsync(
        SuppressionListFilter filter, SuppressionKey after, int limit, CancellationToken cancellationToken)
    {
        var rows = Known().Values.Where(row => row.Key > after && filter.Matches(row)).Take(limit).ToList();
        return Task.FromResult(new SuppressionPage(rows, rows.Count == limit ? rows[^1].Key : null));
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<SuppressionEffect>> WriteAsync(
        IReadOnlyList<SuppressionWrite> writes, CancellationToken cancellationToken)
    {
        var batch = new SuppressionBatch(Known().Values, _last, Now);
        SuppressionEffect[] effects = [.. writes.Select(batch.Apply)];
        foreach (var key in batch.Deleted.ToList()) _rows.Remove(key);
        foreach (var row in batch.Written.ToList()) _rows[row.Key] = row;
        _last = batch.LastChange;
        return Task.FromResult<IReadOnlyList<SuppressionEffect>>(effects);
    }

    private SortedDictionary<SuppressionKey, SuppressionRow> Known() =>
        IsAway ? throw new SuppressionUnavailableException("the storage is away") : _rows;
}
