using System.Threading.Channels;
using Postfleet.Journal.Common;

namespace Postfleet.Journal.Writing;

/// <summary>
/// Puts what all queues and shards want at the same moment into one transaction. No timer: while one commits, the next collects. The plugin does as much with writes, but
/// builds the text of each statement anew, with the rows in it, which costs more than writing them (docs/benchmarks.md). Thread-safe.
/// </summary>
internal sealed class JournalCommit : IAsyncDisposable
{
    /// <summary>Most operations that wait: every queue of a node may have one under way.</summary>
    public const int Capacity = 1_000_000;

    private const int BatchOperations = 400;
    private const long BatchOctets = 4 << 20;

    private readonly JournalWriter _writer;
    private readonly Channel<JournalOperation>[] _lanes;
    private readonly Task _running;
    private int _disposed;

    public JournalCommit(JournalWriter writer)
    {
        _writer = writer;
        _lanes = [.. Enumerable.Range(0, writer.Lanes).Select(_ => Channel.CreateBounded<JournalOperation>(
            new BoundedChannelOptions(Capacity) { SingleReader = true }))];
        _running = Task.WhenAll(_lanes.Select(lane => Task.Run(() => RunAsync(lane.Reader))));
    }

    /// <summary>Writes rows of one entity; done when they are durable, in the order of the calls.</summary>
    /// <param name="table">The journal's table.</param>
    /// <param name="rows">The rows, one at least.</param>
    /// <exception cref="System.Data.Common.DbException">The database does not answer, or one of the numbers is taken.</exception>
    /// <exception cref="InvalidOperationException">Too many wait, or the journal is closed.</exception>
    public Task WriteAsync(string table, IReadOnlyList<NewJournalRow> rows) => Add(rows[0].PersistenceId, new JournalWrite(table, rows));

    /// <summary>Deletes an entity's rows up to a number.</summary>
    /// <exception cref="System.Data.Common.DbException">The database does not answer.</exception>
    /// <exception cref="InvalidOperationException">Too many wait, or the journal is closed.</exception>
    public Task DeleteAsync(string table, string persistenceId, long upTo) => Add(persistenceId, new JournalDeletion(table, persistenceId, upTo));

    /// <summary>Finishes what waits, then closes the writer.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        foreach (var lane in _lanes) lane.Writer.TryComplete();
        await _running;
        await _writer.DisposeAsync();
    }

    private Task Add(string persistenceId, JournalOperation operation)
    {
        var lane = _lanes[(uint)persistenceId.GetHashCode(StringComparison.Ordinal) % (uint)_lanes.Length];
        if (!lane.Writer.TryWrite(operation)) operation.SetException(new InvalidOperationException($"the journal is closed, or more than {Capacity} operations wait for it"));
        return operation.Task;
    }

    private async Task RunAsync(ChannelReader<JournalOperation> waiting)
    {
        List<JournalOperation> batch = [];
        while (await waiting.WaitToReadAsync())
        {
            batch.Clear();
            var octets = 0L;
            while (batch.Count < BatchOperations && octets < BatchOctets && waiting.TryRead(out var operation))
            {
                batch.Add(operation);
                octets += operation.Octets;
            }

            await CommitAsync(batch);
        }
    }

    // A queue whose owner was replaced meets a number that is taken. It must not stop those with it that happen to write at the same moment: what fails is halved
    // until it stands alone. Where the storage is gone that would only ask the same question again.
    private async Task<Exception?> CommitAsync(List<JournalOperation> operations)
    {
        var failure = await TryAsync(operations);
        if (failure is null)
        {
            foreach (var operation in operations) operation.SetResult();
            return null;
        }

        var rest = operations;
        if (operations.Count > 1 && !_writer.IsOfStorage(failure))
        {
            rest = operations[(operations.Count / 2)..];
            var first = await CommitAsync(operations[..(operations.Count / 2)]);
            if (first is null || !_writer.IsOfStorage(first)) return await CommitAsync(rest);
            failure = first;
        }

        foreach (var operation in rest) operation.SetException(failure);
        return failure;
    }

    private async Task<Exception?> TryAsync(List<JournalOperation> operations)
    {
        try
        {
            await _writer.CommitAsync(operations);
            return null;
        }
        catch (Exception e)
        {
            return e;
        }
    }
}
