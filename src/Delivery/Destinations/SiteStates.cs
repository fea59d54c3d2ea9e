using Microsoft.Extensions.Logging;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Common;
using Postfleet.Spool.Common;

namespace Postfleet.Delivery.Destinations;

/// <summary>
/// Reads and writes what destinations have learned from replies. Questions and changes that come while the storage is asked share the next
/// statement, so a thousand starting destinations cost a few statements. Changes are repeated until the storage takes them. Thread-safe;
/// one instance serves the node.
/// </summary>
internal sealed class SiteStates(ISiteStateStore store, TimeProvider time, ILogger logger)
{
    /// <summary>The most rows that wait for the storage; further rows are dropped until then.</summary>
    public const int MaxWaiting = 10_000;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<(DestinationId, string), (SiteState Row, bool IsRemoved)> _changes = [];
    private readonly Queue<(DestinationId Destination, TaskCompletionSource<IReadOnlyList<SiteState>> Answer)> _questions = new();
    private bool _isWriting;
    private bool _isReading;

    /// <summary>Writes a row, or deletes it. Returns at once.</summary>
    public void Save(SiteState row, bool isRemoved)
    {
        lock (_lock)
        {
            if (_changes.Count >= MaxWaiting && !_changes.ContainsKey((row.Destination, row.Scope))) return;
            _changes[(row.Destination, row.Scope)] = (row, isRemoved);
            if (_isWriting) return;
            _isWriting = true;
        }

        _ = Task.Run(WriteAsync, CancellationToken.None);
    }

    /// <summary>The rows of a destination. Empty when the storage does not answer in time: mail matters more.</summary>
    public async Task<IReadOnlyList<SiteState>> ReadAsync(DestinationId destination)
    {
        var answer = new TaskCompletionSource<IReadOnlyList<SiteState>>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            _questions.Enqueue((destination, answer));
            if (!_isReading)
            {
                _isReading = true;
                _ = Task.Run(ReadAsync, CancellationToken.None);
            }
        }

        try
        {
            return await answer.Task.WaitAsync(Patience, time);
        }
        catch (TimeoutException e)
        {
            logger.SiteStateUnread(e, destination.Value);
            return [];
        }
    }

    private async Task ReadAsync()
    {
        while (true)
        {
            List<(DestinationId Destination, TaskCompletionSource<IReadOnlyList<SiteState>> Answer)> asked = [];
            lock (_lock)
            {
                while (asked.Count < ISiteStateStore.MaxBatch && _questions.TryDequeue(out var question)) asked.Add(question);
                if (asked.Count == 0)
                {
                    _isReading = false;
                    return;
                }
            }

            var rows = await TryReadAsync([.. asked.Select(each => each.Destination).Distinct()]);
            foreach (var (destination, answer) in asked) answer.TrySetResult(WithOwn(destination, rows[destination]));
        }
    }

    private async Task<ILookup<DestinationId, SiteState>> TryReadAsync(IReadOnlyList<DestinationId> destinations)
    {
        IReadOnlyList<SiteState> rows = [];
        try
        {
            rows = await store.ReadAsync(destinations, CancellationToken.None);
        }
#pragma warning disable CA1031 // A fault must not end the reads: all destinations that start later would wait in vain.
        catch (Exception e)
#pragma warning restore CA1031
        {
            logger.SiteStateUnread(e, destinations[0].Value);
        }

        return rows.ToLookup(row => row.Destination);
    }

    // A destination that starts again on this node may come before its own rows are written.
    private IReadOnlyList<SiteState> WithOwn(DestinationId destination, IEnumerable<SiteState> rows)
    {
        lock (_lock)
        {
            if (_changes.Count == 0) return [.. rows];
            var own = _changes.Values.Where(change => change.Row.Destination == destination).ToList();
            return
            [
                .. rows.Where(row => !own.Exists(change => change.Row.Scope == row.Scope)),
                .. own.Where(change => !change.IsRemoved).Select(change => change.Row),
            ];
        }
    }

    private async Task WriteAsync()
    {
        while (true)
        {
            List<(SiteState Row, bool IsRemoved)> changes;
            lock (_lock)
            {
                changes = [.. _changes.Values.Take(ISiteStateStore.MaxBatch)];
                if (changes.Count == 0)
                {
                    _isWriting = false;
                    return;
                }
            }

            try
            {
                await store.SaveAsync(
                    [.. changes.Where(change => !change.IsRemoved).Select(change => change.Row)],
                    [.. changes.Where(change => change.IsRemoved).Select(change => change.Row)], CancellationToken.None);
                lock (_lock) foreach (var change in changes) Written(change.Row);
            }
            catch (SpoolUnavailableException)
            {
                await Task.Delay(Patience, time);
            }
#pragma warning disable CA1031 // A fault over these rows must not end the writes; the rows are lost, and the log says so.
            catch (Exception e)
#pragma warning restore CA1031
            {
                logger.SiteStatesLost(e, changes.Count);
                lock (_lock) foreach (var change in changes) Written(change.Row);
            }
        }
    }

    // A later change of the same row waits for the next statement.
    private void Written(SiteState row)
    {
        if (_changes.TryGetValue((row.Destination, row.Scope), out var change) && ReferenceEquals(change.Row, row))
            _changes.Remove((row.Destination, row.Scope));
    }
}
