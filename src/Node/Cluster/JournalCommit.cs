using System.Threading.Channels;

namespace Postfleet.Node.Cluster;

/// <summary>
/// Puts the writes of all queues that wait at the same moment into one transaction. No timer: while one commits, the next collects. The plugin does as much, but
/// builds the text of each statement anew, with the rows in it, which costs more than writing them (docs/benchmarks.md). Thread-safe.
/// </summary>
internal sealed class JournalCommit : IAsyncDisposable
{
    /// <summary>Most writes that wait: every queue of a node may have one under way.</summary>
    public const int Capacity = 1_000_000;

    private const int BatchWrites = 400;
    private const long BatchOctets = 4 << 20;

    private readonly JournalWriter _writer;
    private readonly Channel<JournalWrite>[] _lanes;
    private readonly Task _running;
    private int _disposed;

    public JournalCommit(JournalWriter writer)
    {
        _writer = writer;
        _lanes = [.. Enumerable.Range(0, writer.Lanes).Select(_ => Channel.CreateBounded<JournalWrite>(
            new BoundedChannelOptions(Capacity) { SingleReader = true }))];
        _running = Task.WhenAll(_lanes.Select(lane => Task.Run(() => RunAsync(lane.Reader))));
    }

    /// <summary>Writes rows of one entity; done when they are durable, in the order of the calls.</summary>
    /// <exception cref="System.Data.Common.DbException">The database does not answer, or one of the numbers is taken.</exception>
    /// <exception cref="InvalidOperationException">Too many wait, or the journal is closed.</exception>
    public Task WriteAsync(IReadOnlyList<NewJournalRow> rows)
    {
        var write = new JournalWrite(rows);
        var lane = _lanes[(uint)rows[0].PersistenceId.GetHashCode(StringComparison.Ordinal) % (uint)_lanes.Length];
        if (!lane.Writer.TryWrite(write)) write.SetException(new InvalidOperationException($"the journal is closed, or more than {Capacity} writes wait for it"));
        return write.Task;
    }

    /// <summary>Finishes what waits, then closes the writer.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        foreach (var lane in _lanes) lane.Writer.TryComplete();
        await _running;
        await _writer.DisposeAsync();
    }

    private async Task RunAsync(ChannelReader<JournalWrite> waiting)
    {
        List<JournalWrite> batch = [];
        while (await waiting.WaitToReadAsync())
        {
            batch.Clear();
            var octets = 0L;
            while (batch.Count < BatchWrites && octets < BatchOctets && waiting.TryRead(out var write))
            {
                batch.Add(write);
                foreach (var row in write.Rows) octets += row.Message.Length;
            }

            await CommitAsync(batch);
        }
    }

    // A queue whose owner was replaced meets a number that is taken. It must not stop those with it that happen to write at the same moment: what fails is halved
    // until it stands alone. Where the storage is gone that would only ask the same question again.
    private async Task<Exception?> CommitAsync(List<JournalWrite> writes)
    {
        var failure = await TryAsync(writes);
        if (failure is null)
        {
            foreach (var write in writes) write.SetResult();
            return null;
        }

        var rest = writes;
        if (writes.Count > 1 && !_writer.IsOfStorage(failure))
        {
            rest = writes[(writes.Count / 2)..];
            var first = await CommitAsync(writes[..(writes.Count / 2)]);
            if (first is null || !_writer.IsOfStorage(first)) return await CommitAsync(rest);
            failure = first;
        }

        foreach (var write in rest) write.SetException(failure);
        return failure;
    }

    private async Task<Exception?> TryAsync(List<JournalWrite> writes)
    {
        try
        {
            await _writer.InsertAsync(writes);
            return null;
        }
        catch (Exception e)
        {
            return e;
        }
    }
}
