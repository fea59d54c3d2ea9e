using System.Threading.Channels;

namespace Postfleet.Storage.Commit;

/// <summary>
/// Puts the writes that wait at the same moment into one transaction, so that they share one flush. It uses no timer: while a transaction
/// commits, the next one collects. So a lone write never waits, and many writes commit in large batches. The spool and the journal derive
/// from it.
/// </summary>
/// <remarks>
/// It owns one channel and one task for each lane. Any thread adds operations; the methods that a derived class overrides run on the lane's
/// task. A failed batch is halved until the operation at fault stands alone, so that it does not fail the others.
/// </remarks>
/// <typeparam name="TOperation">A write.</typeparam>
public abstract class GroupCommit<TOperation> : IAsyncDisposable
    where TOperation : class, IGroupOperation
{
    private readonly GroupCommitLimits _limits;
    private readonly Channel<TOperation>[] _lanes;
    private Task _running = Task.CompletedTask;

    /// <summary>Makes the lanes; <see cref="Start"/> starts them.</summary>
    /// <param name="lanes">How many transactions may run side by side.</param>
    /// <param name="limits">Bounds of the batches and of the lanes.</param>
    protected GroupCommit(int lanes, GroupCommitLimits limits)
    {
        _limits = limits;
        _lanes = new Channel<TOperation>[lanes];
        for (var i = 0; i < lanes; i++)
        {
            _lanes[i] = Channel.CreateBounded<TOperation>(
                new BoundedChannelOptions(limits.QueuedOperations) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
        }
    }

    /// <summary>Begins to commit what is added.</summary>
    public void Start() => _running = Task.WhenAll(_lanes.Select(lane => Task.Run(() => RunAsync(lane.Reader))));

    /// <summary>Takes no more operations, and returns when those that are queued are done.</summary>
    public virtual async ValueTask DisposeAsync()
    {
        foreach (var lane in _lanes) lane.Writer.TryComplete();
        await _running;
        GC.SuppressFinalize(this);
    }

    /// <summary>Queues an operation, or waits until its lane has room.</summary>
    /// <param name="hash">Chooses the lane: operations with the same number are done in the order in which they were added.</param>
    /// <param name="operation">The operation.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ChannelClosedException">The group commit was disposed of.</exception>
    protected ValueTask AddAsync(uint hash, TOperation operation, CancellationToken cancellationToken) =>
        Lane(hash).WriteAsync(operation, cancellationToken);

    /// <summary>Queues an operation; false where its lane is full or the group commit was disposed of.</summary>
    /// <param name="hash">As for <see cref="AddAsync"/>.</param>
    /// <param name="operation">The operation.</param>
    protected bool TryAdd(uint hash, TOperation operation) => Lane(hash).TryWrite(operation);

    /// <summary>Runs operations in one transaction; returns when it is durable.</summary>
    protected abstract Task CommitAsync(IReadOnlyList<TOperation> operations);

    /// <summary>What an exception of <see cref="CommitAsync"/> means.</summary>
    protected abstract FailureKind Judge(Exception exception);

    /// <summary>Makes the rule of one lane that says which operations share a transaction; null where all may.</summary>
    protected virtual IBatchRule<TOperation>? NewRule() => null;

    /// <summary>An operation has left its lane.</summary>
    protected virtual void Taken(TOperation operation)
    {
    }

    /// <summary>An operation has ended: it is durable, has failed, or its caller had given it up.</summary>
    protected virtual void Released(TOperation operation)
    {
    }

    /// <summary>Operations are durable, and their callers know it.</summary>
    protected virtual void Committed(int operations)
    {
    }

    /// <summary>Operations have failed; their callers are told next.</summary>
    protected virtual void Failed(WriteFailure failure, int operations)
    {
    }

    /// <summary>A lane goes on after a fault of the program in one of the methods above. The operations of the batch fail.</summary>
    protected virtual void Faulted(Exception cause)
    {
    }

    private ChannelWriter<TOperation> Lane(uint hash) => _lanes[hash % (uint)_lanes.Length].Writer;

    private async Task RunAsync(ChannelReader<TOperation> queue)
    {
        List<TOperation> batch = [];
        var rule = NewRule();
        while (await queue.WaitToReadAsync())
        {
            try
            {
                Collect(queue, batch, rule);
                await CommitHalvingAsync(batch);
            }
#pragma warning disable CA1031 // The lane serves all callers: no fault may end it.
            catch (Exception e)
#pragma warning restore CA1031
            {
                Faulted(e);
                foreach (var operation in batch) operation.Fail(new WriteFailure(FailureKind.Storage, e));
            }

            foreach (var operation in batch) Released(operation);
            batch.Clear();
            rule?.Clear();
        }
    }

    private void Collect(ChannelReader<TOperation> queue, List<TOperation> batch, IBatchRule<TOperation>? rule)
    {
        var bytes = 0L;
        while (batch.Count < _limits.BatchOperations && bytes < _limits.BatchBytes && queue.TryPeek(out var next))
        {
            if (rule?.MayJoin(next) == false) return;
            queue.TryRead(out _);
            Taken(next);
            if (next.TryClaim())
            {
                batch.Add(next);
                bytes += next.Weight;
            }
            else
            {
                Released(next);
            }
        }
    }

    // Where the storage itself is gone, halving would only ask the same question again.
    private async Task<WriteFailure?> CommitHalvingAsync(List<TOperation> operations)
    {
        if (operations.Count == 0) return null;
        var failure = await TryCommitAsync(operations);
        if (failure is null)
        {
            foreach (var operation in operations) operation.Complete();
            Committed(operations.Count);
            return null;
        }

        var rest = operations;
        if (operations.Count > 1 && failure.Kind != FailureKind.Storage)
        {
            var half = operations.Count / 2;
            rest = operations[half..];
            var first = await CommitHalvingAsync(operations[..half]);
            if (first is not { Kind: FailureKind.Storage }) return await CommitHalvingAsync(rest);
            failure = first;
        }

        Failed(failure, rest.Count);
        foreach (var operation in rest) operation.Fail(failure);
        return failure;
    }

    private async Task<WriteFailure?> TryCommitAsync(List<TOperation> operations)
    {
        try
        {
            await CommitAsync(operations);
            return null;
        }
#pragma warning disable CA1031 // Each kind of failure is judged and told to the callers.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return new WriteFailure(Judge(e), e);
        }
    }
}
