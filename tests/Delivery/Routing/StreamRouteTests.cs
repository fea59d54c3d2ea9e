using Postfleet.Delivery.Options;
using Xunit;

namespace Postfleet.Delivery.Tests.Routing;

/// <summary>Routes of streams, and the sources that they name.</summary>
public sealed class StreamRouteTests : RouteResolverFixture
{
    [Fact]
    public async Task The_first_route_that_fits_domain_and_stream_applies()
    {
        SourceOptions[] sources = [new() { Name = "out1" }, new() { Name = "out2" }];
        RouteOptions[] routes =
        [
            Route("other.test", "smtp://other.test:25"),
            Route("*", "smtp://h.test:25") with { Stream = "bulk", Source = RouteSource.Parse("out2") },
            Route("*", "smtp://h.test:25") with { Source = RouteSource.Parse("out1") },
        ];

        Assert.Equal("out2|h.test", await DestinationAsync("bulk", routes, sources));
        Assert.Equal("out1|h.test", await DestinationAsync("default", routes, sources));
        Assert.Equal("no route is configured for b.test", await DestinationAsync("default", routes[..2], sources));
    }
}
