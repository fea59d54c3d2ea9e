namespace Postfleet.Spool.Commit;

/// <summary>
/// Bounds the memory of queued writes. Callers wait in turn; one that alone exceeds the limit gets through when nothing else is queued.
/// </summary>
internal sealed class ByteBudget(long limit)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<Waiter> _waiters = [];
    private long _used;

    /// <summary>Takes bytes, or waits for them.</summary>
    public ValueTask AcquireAsync(long bytes, CancellationToken cancellationToken)
    {
        if (bytes == 0) return ValueTask.CompletedTask;
        lock (_lock)
        {
            if (_waiters.Count == 0 && Fits(bytes))
            {
                _used += bytes;
                return ValueTask.CompletedTask;
            }

            return WaitAsync(_waiters.AddLast(new Waiter(bytes)), cancellationToken);
        }
    }

    /// <summary>Gives bytes back.</summary>
    public void Release(long bytes)
    {
        if (bytes == 0) return;
        lock (_lock)
        {
            _used -= bytes;
            Admit();
        }
    }

    private async ValueTask WaitAsync(LinkedListNode<Waiter> node, CancellationToken cancellationToken)
    {
        await using var registration = cancellationToken.UnsafeRegister(
            (_, token) =>
            {
                lock (_lock)
                {
                    // Out of the list means admitted: then the bytes are the caller's to give back.
                    if (node.List is null) return;
                    _waiters.Remove(node);
                    node.Value.Admitted.TrySetCanceled(token);
                    Admit();
                }
            },
            null);
        await node.Value.Admitted.Task;
    }

    private void Admit()
    {
        while (_waiters.First is { } first && Fits(first.Value.Bytes))
        {
            _used += first.Value.Bytes;
            _waiters.Remove(first);
            first.Value.Admitted.TrySetResult();
        }
    }

    private bool Fits(long bytes) => _used == 0 || _used + bytes <= limit;

    private sealed record Waiter(long Bytes)
    {
        public TaskCompletionSource Admitted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
