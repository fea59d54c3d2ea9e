using Postfleet.Core.Concurrency;

namespace Postfleet.Spool.Commit;

/// <summary>
/// Bounds the memory of queued writes: a weighted semaphore over bytes. Callers wait in order; a single write above the limit is
/// admitted when no other write is queued. Thread-safe.
/// </summary>
internal sealed class ByteBudget
{
    private readonly long _limit;
    private readonly Lock _lock = new();
    private readonly GrantQueue<long> _waiting;
    private long _used;

    /// <param name="limit">The limit in bytes.</param>
    public ByteBudget(long limit) => (_limit, _waiting) = (limit, new GrantQueue<long>(_lock, Decide));

    /// <summary>Acquires bytes, or waits for them.</summary>
    public ValueTask AcquireAsync(long bytes, CancellationToken cancellationToken) =>
        bytes == 0 ? ValueTask.CompletedTask : _waiting.WaitAsync(bytes, cancellationToken);

    /// <summary>Releases bytes.</summary>
    public void Release(long bytes)
    {
        if (bytes == 0) return;
        lock (_lock)
        {
            _used -= bytes;
            _waiting.GrantWaiting();
        }
    }

    private Grant Decide(long bytes)
    {
        if (_used > 0 && _used + bytes > _limit) return Grant.Blocked;
        _used += bytes;
        return Grant.Granted;
    }
}
