using Microsoft.Extensions.Time.Testing;
using Postfleet.Cluster.Liveness;
using Xunit;

namespace Postfleet.Cluster.Tests;

public sealed class QueueNodeReachabilityTests
{
    [Theory]
    [InlineData(1, 1, true)]
    [InlineData(1, 0, false)]
    [InlineData(2, 1, true)]
    [InlineData(3, 2, true)]
    [InlineData(3, 1, false)]
    [InlineData(4, 2, true)]
    [InlineData(5, 2, false)]
    public void Queue_nodes_are_reachable_when_half_of_them_are(int all, int reachable, bool isThere)
    {
        var reachability = new QueueNodeReachability(TimeProvider.System);
        Assert.Equal(!isThere, reachability.Update(all, reachable));
        Assert.Equal(isThere, reachability.IsReachable);
        Assert.False(reachability.Update(all, reachable));
    }

    [Fact]
    public async Task Waiting_ends_when_queue_nodes_are_back_or_when_cancelled()
    {
        var reachability = new QueueNodeReachability(TimeProvider.System);
        await reachability.WaitAsync(CancellationToken.None);
        reachability.Update(3, 1);
        using var stop = new CancellationTokenSource();
        var (waits, stopped) = (reachability.WaitAsync(CancellationToken.None), reachability.WaitAsync(stop.Token));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stopped);
        Assert.False(waits.IsCompleted);
        reachability.Update(3, 3);
        await waits.WaitAsync(TimeSpan.FromSeconds(30));
    }
    /// <summary>Dead queue nodes are removed from the cluster before new queue nodes join.</summary>
    [Fact]
    public void Zero_queue_nodes_change_nothing()
    {
        var reachability = new QueueNodeReachability(TimeProvider.System);
        Assert.False(reachability.Update(0, 0));
        Assert.True(reachability.IsReachable);
        reachability.Update(3, 0);
        Assert.False(reachability.Update(0, 0));
        Assert.False(reachability.IsReachable);
        Assert.True(reachability.Update(1, 1));
        Assert.True(reachability.IsReachable);
    }

    [Fact]
    public void Running_attempts_may_finish_within_the_grace_period()
    {
        var time = new FakeTimeProvider();
        var reachability = new QueueNodeReachability(time);
        Assert.True(reachability.MayFinish);
        reachability.Update(3, 0);
        time.Advance(QueueNodeReachability.Grace - TimeSpan.FromMilliseconds(1));
        Assert.True(reachability.MayFinish);
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.False(reachability.MayFinish);
        reachability.Update(2, 0);
        Assert.False(reachability.MayFinish);
        reachability.Update(2, 1);
        Assert.True(reachability.MayFinish);
    }
}
