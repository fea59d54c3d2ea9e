using Postfleet.Core.Concurrency;
using Xunit;

namespace Postfleet.Core.Tests.Concurrency;

/// <summary>The queue of a weighted semaphore, with an owner that has ten units.</summary>
public sealed class GrantQueueTests
{
    private readonly Lock _lock = new();
    private readonly GrantQueue<int> _queue;
    private int _free = 10;
    private int _skipped;

    public GrantQueueTests() => _queue = new GrantQueue<int>(_lock, Decide);

    [Fact]
    public async Task A_request_that_fits_is_granted_at_once()
    {
        await _queue.WaitAsync(4, CancellationToken.None);
        Assert.Equal((6, 0), (_free, _queue.Count));
    }

    [Fact]
    public async Task Requests_are_granted_in_order_and_a_small_one_does_not_overtake_a_large_one()
    {
        await _queue.WaitAsync(8, CancellationToken.None);
        var large = _queue.WaitAsync(5, CancellationToken.None).AsTask();
        var small = _queue.WaitAsync(1, CancellationToken.None).AsTask();
        Assert.False(large.IsCompleted || small.IsCompleted);
        Release(3);
        await large;
        Assert.False(small.IsCompleted);
        Release(1);
        await small;
        Assert.Equal(0, _queue.Count);
    }

    [Fact]
    public async Task A_skipped_request_is_overtaken()
    {
        _skipped = 5;
        var skipped = _queue.WaitAsync(5, CancellationToken.None).AsTask();
        await _queue.WaitAsync(4, CancellationToken.None);
        Assert.Equal((6, 1), (_free, _queue.Count));
        _skipped = 0;
        Release(0);
        await skipped;
        Assert.Equal(1, _free);
    }

    [Fact]
    public async Task A_withdrawn_request_no_longer_blocks_later_ones()
    {
        using var withdrawal = new CancellationTokenSource();
        await _queue.WaitAsync(8, CancellationToken.None);
        var large = _queue.WaitAsync(5, withdrawal.Token).AsTask();
        var small = _queue.WaitAsync(2, CancellationToken.None).AsTask();
        await withdrawal.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => large);
        await small;
        Assert.Equal((0, 0), (_free, _queue.Count));
    }

    [Fact]
    public async Task A_cancelled_token_withdraws_a_request_that_would_wait()
    {
        await _queue.WaitAsync(10, CancellationToken.None);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _queue.WaitAsync(1, new CancellationToken(true)).AsTask());
        Assert.Equal(0, _queue.Count);
    }

    [Fact]
    public async Task A_cancellation_after_the_grant_has_no_effect()
    {
        using var withdrawal = new CancellationTokenSource();
        await _queue.WaitAsync(10, CancellationToken.None);
        var waiting = _queue.WaitAsync(3, withdrawal.Token).AsTask();
        Release(3);
        await withdrawal.CancelAsync();
        await waiting;
        Assert.Equal(0, _free);
    }

    private Grant Decide(int units)
    {
        if (units == _skipped) return Grant.Skipped;
        if (units > _free) return Grant.Blocked;
        _free -= units;
        return Grant.Granted;
    }

    private void Release(int units)
    {
        lock (_lock)
        {
            _free += units;
            _queue.GrantWaiting();
        }
    }
}
