using Akka.Cluster.SBR;
using Akka.Configuration;
using Postfleet.Node.Cluster;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Node.Tests.Cluster;

public sealed class ClusterConfigTests : IDisposable
{
    private readonly TempFolder _folder = new("config");

    public void Dispose() => _folder.Dispose();

    /// <summary>Akka has each node decide this alone, for all nodes: a starved frontend saw others come and go for a minute, and ended every queue and sender.</summary>
    [Theory]
    [InlineData(60, "queue")]
    [InlineData(60, "frontend", "queue", "delivery")]
    [InlineData(0, "frontend")]
    [InlineData(0, "delivery")]
    [InlineData(0, "frontend", "delivery")]
    public async Task Only_queue_nodes_end_an_unsteady_cluster(int seconds, params string[] roles)
    {
        await using var journal = JournalStorage.Sqlite(_folder.FullPath);
        var settings = new ClusterSettings("127.0.0.1", 0, roles, TimeSpan.Zero, [], journal, null, null);
        var config = ClusterConfig.Create(settings, "0.0.0").WithFallback(ConfigurationFactory.FromResource<Akka.Cluster.Member>("Akka.Cluster.Configuration.Cluster.conf"));
        Assert.Equal(TimeSpan.FromSeconds(seconds), new SplitBrainResolverSettings(config).DownAllWhenUnstable);
    }
}
