using Microsoft.Extensions.Time.Testing;
using Postfleet.Cluster.Liveness;
using Postfleet.Delivery.Smtp;
using Xunit;

namespace Postfleet.Delivery.Tests.Smtp;

/// <summary>When an attempt may pass its final dot.</summary>
public sealed class FenceTests
{
    [Fact]
    public void An_attempt_is_not_finished_while_the_queue_nodes_cannot_be_reached()
    {
        var time = new FakeTimeProvider();
        var reachability = new QueueNodeReachability(time);
        var fence = new FinalDotGuard(null, 0, CancellationToken.None, reachability);
        reachability.Update(3, 1);
        Assert.True(fence.IsOpen);
        time.Advance(QueueNodeReachability.Grace);
        Assert.False(fence.IsOpen);
    }
}
