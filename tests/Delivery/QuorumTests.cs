using Microsoft.Extensions.Time.Testing;
using Postfleet.Delivery.Smtp;
using Xunit;

namespace Postfleet.Delivery.Tests;

public sealed class QuorumTests
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
        var quorum = new Quorum(TimeProvider.System);
        Assert.Equal(!isThere, quorum.Count(all, reachable));
        Assert.Equal(isThere, quorum.IsThere);
        Assert.False(quorum.Count(all, reachable));
    }

    [Fact]
    public async Task Who_waits_goes_on_when_it_is_back_or_when_told_to_stop()
    {
        var quorum = new Quorum(TimeProvider.System);
        await quorum.WaitAsync(CancellationToken.None);
        quorum.Count(3, 1);
        using var stop = new CancellationTokenSource();
        var (waits, stopped) = (quorum.WaitAsync(CancellationToken.None), quorum.WaitAsync(stop.Token));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stopped);
        Assert.False(waits.IsCompleted);
        quorum.Count(3, 3);
        await waits.WaitAsync(TimeSpan.FromSeconds(30));
    }
    /// <summary>Dead queue nodes are removed from the cluster before new ones come.</summary>
    [Fact]
    public void That_there_are_none_changes_nothing()
    {
        var quorum = new Quorum(TimeProvider.System);
        Assert.False(quorum.Count(0, 0));
        Assert.True(quorum.IsThere);
        quorum.Count(3, 0);
        Assert.False(quorum.Count(0, 0));
        Assert.False(quorum.IsThere);
        Assert.True(quorum.Count(1, 1));
        Assert.True(quorum.IsThere);
    }

    [Fact]
    public void What_has_begun_may_be_finished_for_a_moment()
    {
        var time = new FakeTimeProvider();
        var quorum = new Quorum(time);
        Assert.True(quorum.MayFinish);
        quorum.Count(3, 0);
        time.Advance(Quorum.Grace - TimeSpan.FromMilliseconds(1));
        Assert.True(quorum.MayFinish);
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.False(quorum.MayFinish);
        quorum.Count(2, 0);
        Assert.False(quorum.MayFinish);
        quorum.Count(2, 1);
        Assert.True(quorum.MayFinish);
    }

    [Fact]
    public void An_attempt_is_not_finished_without_it()
    {
        var time = new FakeTimeProvider();
        var quorum = new Quorum(time);
        var fence = new Fence(null, 0, CancellationToken.None, quorum);
        quorum.Count(3, 1);
        Assert.True(fence.IsOpen);
        time.Advance(Quorum.Grace);
        Assert.False(fence.IsOpen);
    }
}
