using Xunit;

namespace Postfleet.Delivery.Tests;

public sealed class QuorumTests
{
    [Theory]
    [InlineData(0, 0, true)]
    [InlineData(1, 1, true)]
    [InlineData(1, 0, false)]
    [InlineData(2, 1, true)]
    [InlineData(3, 2, true)]
    [InlineData(3, 1, false)]
    [InlineData(4, 2, true)]
    [InlineData(5, 2, false)]
    public void It_is_there_with_half_of_the_queue_nodes_or_more(int all, int reachable, bool isThere)
    {
        var quorum = new Quorum();
        Assert.Equal(!isThere, quorum.Count(all, reachable));
        Assert.Equal(isThere, quorum.IsThere);
        Assert.False(quorum.Count(all, reachable));
    }

    [Fact]
    public async Task Who_waits_goes_on_when_it_is_back_or_when_told_to_stop()
    {
        var quorum = new Quorum();
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
}
