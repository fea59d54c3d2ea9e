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
    public void It_is_there_with_half_of_the_queue_nodes_or_more(int all, int reachable, bool isThere)
    {
        var reachability = new QueueNodeReachability(TimeProvider.System);
        Assert.Equal(!isThere, reachability.Count(all, reachable));
        Assert.Equal(isThere, reachability.IsReachable);
        Assert.False(reachability.Count(all, reachable));
    }

    [Fact]
    public async Task Who_waits_goes_on_when_it_is_back_or_when_told_to_stop()
    {
        var reachability = new QueueNodeReachability(TimeProvider.System);
        await reachability.WaitAsync(CancellationToken.None);
        reachability.Count(3, 1);
        using var stop = new CancellationTokenSource();
        var (waits, stopped) = (reachability.WaitAsync(CancellationToken.None), reachability.WaitAsync(stop.Token));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stopped);
        Assert.False(waits.IsCompleted);
        reachability.Count(3, 3);
        await waits.WaitAsync(TimeSpan.FromSeconds(30));
    }
    /// <summary>Dead queue nodes are removed from the cluster before new ones come.</summary>
    [Fact]
    public void That_there_are_none_changes_nothing()
    {
        var reachability = new QueueNodeReachability(TimeProvider.System);
        Assert.False(reachability.Count(0, 0));
        Assert.True(reachability.IsReachable);
        reachability.Count(3, 0);
        Assert.False(reachability.Count(0, 0));
        Assert.False(reachability.IsReachable);
        Assert.True(reachability.Count(1, 1));
        Assert.True(reachability.IsReachable);
    }

    [Fact]
    public void What_has_begun_may_be_finished_for_a_moment()
    {
        var time = new FakeTimeProvider();
        var reachability = new QueueNodeReachability(time);
        Assert.True(reachability.MayFinish);
        reachability.Count(3, 0);
        time.Advance(QueueNodeReachability.Grace - TimeSpan.FromMilliseconds(1));
        Assert.True(reachability.MayFinish);
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.False(reachability.MayFinish);
        reachability.Count(2, 0);
        Assert.False(reachability.MayFinish);
        reachability.Count(2, 1);
        Assert.True(reachability.MayFinish);
    }
}
