using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Storage;
using Postfleet.Storage;

namespace Postfleet.Spool.Commit;

/// <summary>
/// Puts the writes that wait at the same moment into one transaction, so that they share one flush. No timer: while a transaction
/// commits, the next one collects, so a lone write is never held up and a crowd commits in large batches.
/// </summary>
internal sealed class GroupCommit : IAsyncDisposable
{
    private readonly IStorage _storage;
    private readonly GroupCommitLimits _limits;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly FailureLog _failures;
    private readonly ByteBudget _budget;
    private readonly Channel<WriteOperation>[] _lanes;
    private Task _running = Task.CompletedTask;

    public GroupCommit(IStorage storage, GroupCommitLimits limits, ILogger logger, TimeProvider time)
    {
        _storage = storage;
        _limits = limits;
        _logger = logger;
        _time = time;
        _failures = new FailureLog(logger, time);
        _budget = new ByteBudget(limits.QueuedBytes);
        _lanes = new Channel<WriteOperation>[storage.Lanes];
        for (var i = 0; i < _lanes.Length; i++)
        {
            // When full, callers wait: a session that is not answered sends no more.
            _lanes[i] = Channel.CreateBounded<WriteOperation>(
                new BoundedChannelOptions(limits.QueuedOperations) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
        }
    }

    public void Start() => _running = Task.WhenAll(_lanes.Select(lane => Task.Run(() => RunAsync(lane.Reader))));

    /// <summary>Queues an operation and waits for its outcome.</summary>
    /// <exception cref="SpoolUnavailableException">The spool was stopped, or (where the operation has no result that says so) the write failed.</exception>
    public async ValueTask<TResult> RunAsync<TResult>(WriteOperation<TResult> operation, CancellationToken cancellationToken)
    {
        await _budget.AcquireAsync(operation.Weight, cancellationToken);
        try
        {
            await Lane(operation.Message).WriteAsync(operation, cancellationToken);
            SpoolMetrics.Queued(1);
        }
        catch (Exception e)
        {
            _budget.Release(operation.Weight);
            if (e is ChannelClosedException) throw new SpoolUnavailableException("the spool is stopped", e);
            throw;
        }

        return await operation.WaitAsync(cancellationToken);
    }

    /// <summary>Takes no more operations, and returns when those that are queued are done.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var lane in _lanes) lane.Writer.TryComplete();
        await _running;
    }

    // By message: what is asked about one message is done in the order in which it was asked.
    private ChannelWriter<WriteOperation> Lane(MessageId message) => _lanes[(int)(message.Low % (uint)_lanes.Length)].Writer;

    private async Task RunAsync(ChannelReader<WriteOperation> queue)
    {
        List<WriteOperation> batch = [];
        HashSet<PartId> settled = [];
        HashSet<MessageId> reported = [];
        while (await queue.WaitToReadAsync())
        {
            Collect(queue, batch, settled, reported);
            try
            {
                await CommitAsync(batch);
            }
#pragma warning disable CA1031 // The lane serves everybody: whatever is wrong here must not end it.
            catch (Exception e)
#pragma warning restore CA1031
            {
                SpoolLog.WriterFault(_logger, e);
                foreach (var operation in batch) operation.Fail(new WriteFailure(FailureKind.Storage, e));
            }

            foreach (var operation in batch) _budget.Release(operation.Weight);
            batch.Clear();
            settled.Clear();
            reported.Clear();
        }
    }

    private void Collect(ChannelReader<WriteOperation> queue, List<WriteOperation> batch, HashSet<PartId> settled, HashSet<MessageId> reported)
    {
        var bytes = 0L;
        while (batch.Count < _limits.BatchOperations && bytes < _limits.BatchBytes && queue.TryPeek(out var next))
        {
            // Two reports on one part are order-sensitive, and engines settle in bulk: the second one waits for the next transaction.
            if (next is SettleOperation settle && !settled.Add(settle.Part)) return;
            // So does the second of two that end the same notes: one of them is to find nothing.
            if (next is ReportOperation report && !reported.Add(report.Message)) return;
            queue.TryRead(out _);
            SpoolMetrics.Queued(-1);
            if (next.TryClaim())
            {
                batch.Add(next);
                bytes += next.Weight;
            }
            else
            {
                _budget.Release(next.Weight);
            }
        }
    }

    // One operation that the storage refuses must not sink those that happen to share its transaction: the batch is halved until it
    // stands alone. Where the storage itself is gone, halving would only ask the same question again.
    private async Task<WriteFailure?> CommitAsync(List<WriteOperation> operations)
    {
        if (operations.Count == 0) return null;
        var failure = await TryCommitAsync(operations);
        if (failure is null)
        {
            foreach (var operation in operations) operation.Complete();
            _failures.Succeeded();
            return null;
        }

        var rest = operations;
        if (operations.Count > 1 && failure.Kind != FailureKind.Storage)
        {
            var half = operations.Count / 2;
            rest = operations[half..];
            var first = await CommitAsync(operations[..half]);
            if (first is not { Kind: FailureKind.Storage }) return await CommitAsync(rest);
            failure = first;
        }

        _failures.Failed(failure, rest.Count);
        SpoolMetrics.Failed(failure.Kind, rest.Count);
        foreach (var operation in rest) operation.Fail(failure);
        return failure;
    }

    private async Task<WriteFailure?> TryCommitAsync(List<WriteOperation> operations)
    {
        try
        {
            var start = _time.GetTimestamp();
            await _storage.CommitAsync(operations);
            SpoolMetrics.Committed(operations.Count, _time.GetElapsedTime(start));
            return null;
        }
#pragma warning disable CA1031 // Each kind of failure is judged, logged and told to the callers.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return new WriteFailure(_storage.Judge(e), e);
        }
    }
}
