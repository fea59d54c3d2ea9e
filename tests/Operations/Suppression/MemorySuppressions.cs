using Postfleet.Core.Suppression;
using Postfleet.Spool.Common;
using Xunit;

namespace Postfleet.Operations.Tests.Suppression;

/// <summary>The rows of the suppression list in memory, by the rules of the engines, shared by the lists of several nodes.</summary>
internal sealed class MemorySuppressions : ISuppressionStore
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<SuppressionKey, SuppressionRow> _rows = [];
    private long _last;
    private long _epoch;

    /// <summary>Thrown by all methods; null for none.</summary>
    public Exception? Fault { get; set; }

    /// <summary>Keys that were looked up.</summary>
    public List<SuppressionKey> Found { get; } = [];

    /// <summary>Completes the look-ups; null for at once.</summary>
    public Task? Gate { get; set; }

    /// <summary>Loses all changes, as a fail-over to an old copy does.</summary>
    public void Lose()
    {
        lock (_lock)
        {
            _rows.Clear();
            (_last, _epoch) = (0, _epoch + 1);
        }
    }

    public async ValueTask<IReadOnlyList<SuppressionRow>> FindAsync(
        IReadOnlyList<SuppressionKey> keys, CancellationToken cancellationToken)
    {
        Fail();
        IReadOnlyList<SuppressionRow> rows;
        lock (_lock)
        {
            Found.AddRange(keys);
            rows = [.. keys.Where(_rows.ContainsKey).Select(key => _rows[key])];
        }

        if (Gate is { } gate) await gate;
        return rows;
    }

    public ValueTask<IReadOnlyList<SuppressionRow>> ListAsync(SuppressionKey after, int limit, CancellationToken cancellationToken)
    {
        Fail();
        lock (_lock) return new([.. _rows.Values.Where(row => row.Key > after).Take(limit)]);
    }

    public ValueTask<SuppressionChanges> ReadChangesAsync(long after, int limit, CancellationToken cancellationToken)
    {
        Fail();
        lock (_lock)
        {
            return new(new SuppressionChanges(_last, _epoch,
            [
                .. _rows.Values.Where(row => row.Change > after).OrderBy(row => row.Change).Take(limit)
                    .Select(row => new SuppressionChange(row.Key, row.Change)),
            ]));
        }
    }

    public ValueTask<IReadOnlyList<SuppressionEffect>> WriteAsync(
        IReadOnlyList<SuppressionWrite> writes, DateTimeOffset now, CancellationToken cancellationToken)
    {
        Fail();
        Assert.InRange(writes.Count, 1, ISuppressionStore.MaxBatch);
        lock (_lock)
        {
            var batch = new SuppressionBatch(_rows.Values, _last, now);
            SuppressionEffect[] effects = [.. writes.Select(batch.Apply)];
            foreach (var key in batch.Deleted.ToList()) _rows.Remove(key);
            foreach (var row in batch.Written.ToList()) _rows[row.Key] = row;
            _last = batch.LastChange;
            return new(effects);
        }
    }

    private void Fail()
    {
        if (Fault is { } fault) throw fault;
    }
}
