using System.Threading.Channels;

namespace Postfleet.Storage.Commit;

/// <summary>
/// Commits writes that wait at the same time in one transaction, with one flush. It uses no timer: while a transaction commits, the next
/// batch collects. A lone write therefore never waits, and many writes commit in large batches. The spool and the journal derive from this
/// class.
/// </summary>
/// <remarks>
/// The class owns a channel and a task for each lane. Any thread adds operations. The overridable methods run on the lane's task. A failed
/// batch is halved until the operation at fault is isolated; the other operations succeed.
/// </remarks>
/// <typeparam name="TOperation">A write.</typeparam>
public abstract class GroupCommit<TOperation> : IAsyncDisposable
    where TOperation : class, IGroupOperation
{
    private static readonly WriteFailure Outdated =
        new(FailureKind.Storage, new IOException("the storage has lost changes on which this write depends"));

    private readonly GroupCommitLimits _limits;
    private readonly Channel<Queued>[] _lanes;
    private Task _running = Task.CompletedTask;

    /// <summary>Creates the lanes. <see cref="Start"/> starts them.</summary>
    /// <param name="lanes">How many transactions may run side by side.</param>
    /// <param name="limits">Bounds of the batches and of the lanes.</param>
    protected GroupCommit(int lanes, GroupCommitLimits limits)
    {
        _limits = limits;
        _lanes = new Channel<Queued>[lanes];
        for (var i = 0; i < lanes; i++)
        {
            _lanes[i] = Channel.CreateBounded<Queued>(
                new BoundedChannelOptions(limits.QueuedOperations) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
        }
    }

    private readonly record struct Queued(TOperation Operation, long Epoch);

    /// <summary>
    /// Increases when the memory of this node is discarded. Operations that were queued in an earlier epoch fail without a transaction.
    /// </summary>
    protected virtual long Epoch => 0;

    /// <summary>Starts the task of each lane.</summary>
    public void Start() => _running = Task.WhenAll(_lanes.Select(lane => Task.Run(() => RunAsync(lane.Reader))));

    /// <summary>Refuses further operations and returns when all queued operations have ended.</summary>
    public virtual async ValueTask DisposeAsync()
    {
        foreach (var lane in _lanes) lane.Writer.TryComplete();
        await _running;
        GC.SuppressFinalize(this);
    }

    /// <summary>Queues an operation, or waits until its lane has free capacity.</summary>
    /// <param name="hash">Chooses the lane: operations with the same number are done in the order in which they were added.</param>
    /// <param name="operation">The operation.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ChannelClosedException">The group commit was disposed of.</exception>
    protected ValueTask AddAsync(uint hash, TOperation operation, CancellationToken cancellationToken) =>
        Lane(hash).WriteAsync(new Queued(operation, Epoch), cancellationToken);

    /// <summary>Queues an operation; false where its lane is full or the group commit was disposed of.</summary>
    /// <param name="hash">As for <see cref="AddAsync"/>.</param>
    /// <param name="operation">The operation.</param>
    protected bool TryAdd(uint hash, TOperation operation) => Lane(hash).TryWrite(new Queued(operation, Epoch));

    /// <summary>Runs operations in one transaction; returns when it is durable.</summary>
    protected abstract Task CommitAsync(IReadOnlyList<TOperation> operations);

    /// <summary>Classifies an exception of <see cref="CommitAsync"/>.</summary>
    protected abstract FailureKind Judge(Exception exception);

    /// <summary>Creates a lane's rule for which operations may share a transaction; null when all operations may.</summary>
    protected virtual IBatchRule<TOperation>? NewRule() => null;

    /// <summary>Called when an operation has left its lane's queue.</summary>
    protected virtual void Dequeued(TOperation operation)
    {
    }

    /// <summary>Called when an operation has ended: it is durable, has failed, or was cancelled by its caller.</summary>
    protected virtual void Released(TOperation operation)
    {
    }

    /// <summary>Called when operations are durable, after their callers got the results.</summary>
    protected virtual void Committed(int operations)
    {
    }

    /// <summary>Called when operations have failed, before their callers get the failure.</summary>
    protected virtual void Failed(WriteFailure failure, int operations)
    {
    }

    /// <summary>
    /// Called after a program error in one of the methods above. The operations of the batch fail, and the lane continues.
    /// </summary>
    protected virtual void Faulted(Exception cause)
    {
    }

    private ChannelWriter<Queued> Lane(uint hash) => _lanes[hash % (uint)_lanes.Length].Writer;

    private async Task RunAsync(ChannelReader<Queued> queue)
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
#pragma warning disable CA1031 // The lane serves all callers, so no exception may end it.
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

    private void Collect(ChannelReader<Queued> queue, List<TOperation> batch, IBatchRule<TOperation>? rule)
    {
        var bytes = 0L;
        while (batch.Count < _limits.BatchOperations && bytes < _limits.BatchBytes && queue.TryPeek(out var queued))
        {
            var next = queued.Operation;
            var isOutdated = queued.Epoch != Epoch;
            if (!isOutdated && rule?.MayJoin(next) == false) return;
            queue.TryRead(out _);
            Dequeued(next);
            if (isOutdated)
            {
                if (next.TryClaim()) next.Fail(Outdated);
                Released(next);
            }
            else if (next.TryClaim())
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

    // When the storage itself is unavailable, every half would fail for the same reason.
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
#pragma warning disable CA1031 // Every failure is classified and reported to the callers.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return new WriteFailure(Judge(e), e);
        }
    }
}
