using Microsoft.Extensions.Time.Testing;
using Postfleet.Cluster.Liveness;
using Postfleet.Delivery.Smtp;
using Xunit;

namespace Postfleet.Delivery.Tests.Smtp;

/// <summary>The conditions for sending the final dot.</summary>
public sealed class FinalDotGuardTests
{
    [Fact]
    public void The_final_dot_is_withheld_while_queue_nodes_are_unreachable()
    {
        var time = new FakeTimeProvider();
        var reachability = new QueueNodeReachability(time);
        var guard = new FinalDotGuard(null, 0, CancellationToken.None, reachability);
        reachability.Update(3, 1);
        Assert.True(guard.IsOpen);
        time.Advance(QueueNodeReachability.Grace);
        Assert.False(guard.IsOpen);
    }
}
