using Postfleet.Core.Queueing;
using Postfleet.Delivery.Destinations.State;
using Xunit;
using static Postfleet.Delivery.Tests.Destinations.State.DestinationDriver;

namespace Postfleet.Delivery.Tests.Destinations.State;

/// <summary>A destination whose limits change while it works.</summary>
public sealed class DestinationLimitTests
{
    private static readonly QueueKey A = Queue("a.example");

    [Fact]
    public void A_lowered_limit_closes_connections_beyond_it_when_their_jobs_have_ended()
    {
        var d = new DestinationDriver(new DestinationRules { MaxConnections = 3 }).Up(A);
        d.Deliver(A, d.NewJobs(3));
        d.Opened(2);
        d.Opened(3);
        d.Do(() => d.State.Use(new DestinationRules { MaxConnections = 1 }));
        Assert.Equal(3, d.RunningJobs.Count);
        Assert.Empty(d.Effects.OfType<DestinationEffect.Close>());

        d.Deliver(A, d.NewJobs(3));
        d.End(2);
        d.End(3);
        Assert.Equal([2, 3], d.Effects.OfType<DestinationEffect.Close>().Select(close => close.Connection));
        d.Closed(2);
        d.Closed(3);
        for (var i = 0; i < 3; i++) d.End(1);
        Assert.Equal(1, d.State.Connections);
        Assert.All(d.Sends.Skip(3), send => Assert.Equal(1, send.Connection));
    }
}
