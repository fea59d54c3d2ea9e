using Postfleet.Core;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Options;
using Postfleet.Frontend.Options;
using Postfleet.Node.Hosting;
using Postfleet.Node.Options;
using Xunit;

namespace Postfleet.Node.Tests.Hosting;

public sealed class OpenFilesTests
{
    [Theory]
    [InlineData("Max open files            1024                 1048576              files     ", 1024)]
    [InlineData("Max open files            unlimited            unlimited            files     ", null)]
    [InlineData("Max processes             95944                95944                processes ", null)]
    public void The_soft_limit_is_read(string line, int? limit) =>
        Assert.Equal(limit, OpenFiles.Parse($"Limit                     Soft Limit           Hard Limit           Units\n{line}\n"));

    [Theory]
    [InlineData(null, 1000, int.MaxValue)]
    [InlineData(1_048_576, 1000, 1_048_576 - OpenFiles.Reserve - 1000)]
    [InlineData(1024, 468, 156)]
    [InlineData(OpenFiles.Minimum, 10, 20)]
    public void Listeners_and_deliveries_share_the_limit_of_files(int? limit, int connections, int deliveries) =>
        Assert.Equal((connections, deliveries), OpenFiles.Divide(limit, new PostfleetOptions()));

    [Theory]
    [InlineData(OpenFiles.Minimum - 1)]
    [InlineData(256)]
    public void A_node_with_too_few_does_not_start(int limit)
    {
        var refused = Assert.Throws<StartFailureException>(() => OpenFiles.Divide(limit, new PostfleetOptions()));
        Assert.Contains($"{limit} files", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Connections_to_filters_to_dovecot_and_to_next_hosts_count()
    {
        var options = new PostfleetOptions
        {
            Listeners = [new ListenerOptions { Service = "inbound" }, new ListenerOptions { Service = "submission" }],
            Filters = [new FilterOptions(), new FilterOptions { Services = "submission" }, new FilterOptions { Services = "relay" },
                new FilterOptions { Protocol = FilterProtocol.Hooks, MaxConnections = 6 }],
            Auth = new AuthOptions { DovecotSocket = "/run/auth" },
            Inbound = new InboundOptions { Callout = true },
            Routes = [new RouteOptions { To = RouteTarget.Parse("lmtp://127.0.0.1:24") }, new RouteOptions()],
        };
        // Own, two milters and Dovecot on the listener for submission; four connections to the host, six to the hook.
        var left = 1024 - OpenFiles.Reserve - 10;
        Assert.Equal(((left - left / 4) / 4, left / 4 + 4), OpenFiles.Divide(1024, options));
        var refused = Assert.Throws<StartFailureException>(() => OpenFiles.Divide(OpenFiles.Reserve + 69, options));
        Assert.Contains($"at least {OpenFiles.Reserve + 70};", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_node_without_deliveries_may_still_ask_next_hosts() => Assert.Equal(
        (624, 20), OpenFiles.Divide(1024, new PostfleetOptions { Node = new NodeOptions { Roles = ["frontend", "queue"] } }));

    [Fact]
    public void Connections_by_which_mail_is_passed_on_count()
    {
        var options = new PostfleetOptions
        {
            Node = new NodeOptions { Roles = ["frontend"] },
            Delivery = new DeliveryOptions { MaxProxyConnections = 30 },
            Routes = [new RouteOptions { To = RouteTarget.Parse("lmtp://127.0.0.1:24"), Proxy = ProxyMode.Queue }, new RouteOptions()],
        };
        Assert.Equal((1024 - OpenFiles.Reserve - 30, 30), OpenFiles.Divide(1024, options));
    }
}
