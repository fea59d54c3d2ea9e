using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;
using Postfleet.Storage.Commit;

namespace Postfleet.Spool.Commit;

/// <summary>
/// A caller's write in the group commit:
/// <code>
/// queued --claimed by a lane--> in a transaction --committed--> completed
///    \--caller gave up--> cancelled          \--not committed--> failed
/// </code>
/// </summary>
internal abstract class WriteOperation(MessageId message, long weight) : IGroupOperation
{
    private int _claimed;

    /// <summary>The message of the operation: operations on the same message keep their order.</summary>
    public MessageId Message { get; } = message;

    /// <summary>Memory held while the operation is queued, in bytes; 0 for a negligible amount.</summary>
    public long Weight { get; } = weight;

    /// <summary>Claims the operation, for a lane to run it or a caller to cancel it; only the first call returns true.</summary>
    public bool TryClaim() => Interlocked.CompareExchange(ref _claimed, 1, 0) == 0;

    /// <summary>The write is durable: completes the caller's wait with the result.</summary>
    public abstract void Complete();

    /// <summary>The write failed, or its outcome is unknown: completes the caller's wait with the failure.</summary>
    public abstract void Fail(WriteFailure failure);
}

/// <summary>A write whose caller waits for a <typeparamref name="TResult"/>.</summary>
internal abstract class WriteOperation<TResult>(MessageId message, long weight) : WriteOperation(message, weight)
{
    // Continuations must not run on the lane, which serves all other callers.
    private readonly TaskCompletionSource<TResult> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Waits for the outcome. Cancellation has an effect only until a lane has claimed the operation.</summary>
    public async ValueTask<TResult> WaitAsync(CancellationToken cancellationToken)
    {
        if (!cancellationToken.CanBeCanceled) return await _done.Task;
        await using var registration = cancellationToken.UnsafeRegister(
            static (self, token) => ((WriteOperation<TResult>)self!).Cancel(token), this);
        return await _done.Task;
    }

    protected void Succeed(TResult result) => _done.TrySetResult(result);

    /// <inheritdoc/>
    public override void Fail(WriteFailure failure) =>
        _done.TrySetException(new SpoolUnavailableException($"the spool did not accept the write: {failure.Cause.Message}", failure.Cause));

    private void Cancel(CancellationToken cancellationToken)
    {
        if (TryClaim()) _done.TrySetCanceled(cancellationToken);
    }
}
