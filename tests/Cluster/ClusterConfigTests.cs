using Akka.Cluster.SBR;
using Akka.Configuration;
using Postfleet.Cluster.Common;
using Postfleet.Cluster.Systems;
using Xunit;

namespace Postfleet.Cluster.Tests;

public sealed class ClusterConfigTests
{
    /// <summary>
    /// In Akka each node alone can declare all nodes dead. An overloaded frontend saw unstable links for a minute and ended all queue and
    /// delivery nodes.
    /// </summary>
    [Theory]
    [InlineData(60, "queue")]
    [InlineData(60, "frontend", "queue", "delivery")]
    [InlineData(0, "frontend")]
    [InlineData(0, "delivery")]
    [InlineData(0, "frontend", "delivery")]
    public void Only_queue_nodes_end_an_unstable_cluster(int seconds, params string[] roles)
    {
        var settings = new ClusterNodeSettings("127.0.0.1", 0, "0.0.0", roles, TimeSpan.Zero, [], null, null);
        var config = ClusterConfig.Create(settings)
            .WithFallback(ConfigurationFactory.FromResource<Akka.Cluster.Member>("Akka.Cluster.Configuration.Cluster.conf"));
        Assert.Equal(TimeSpan.FromSeconds(seconds), new SplitBrainResolverSettings(config).DownAllWhenUnstable);
    }

    /// <summary>
    /// A node died while its shards moved away. The coordinator waited for the whole hand-off timeout, then 30 s, and their mail stood
    /// still for 33 s. The other times of a failover add up to 20 s: docs/operations.md.
    /// </summary>
    [Theory]
    [InlineData(30, 12)]
    [InlineData(300, 12)]
    [InlineData(5, 5)]
    public void Shards_of_a_node_that_dies_during_their_move_are_assigned_within_the_failover(int grace, int seconds)
    {
        var settings = new ClusterNodeSettings("127.0.0.1", 0, "0.0.0", ["queue"], TimeSpan.FromSeconds(grace), [], null, null);
        var timeout = ClusterConfig.Create(settings).GetTimeSpan("akka.cluster.sharding.handoff-timeout", null, false);
        Assert.Equal(TimeSpan.FromSeconds(seconds), timeout);
    }
}
