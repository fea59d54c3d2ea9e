using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Postfleet.Cluster.Common;
using Postfleet.Cluster.Liveness;
using Postfleet.Contracts;
using Postfleet.Contracts.Stats;
using Postfleet.Storage.Postgres;

namespace Postfleet.Cluster;

/// <summary>Adds the cluster to a node.</summary>
public static class ClusterServiceCollectionExtensions
{
    /// <summary>
    /// Adds the actor system, its membership in the cluster, and the detectors of stalls and lost queue nodes. Hosted services registered
    /// later start when the actor system exists.
    /// </summary>
    public static IServiceCollection AddCluster(this IServiceCollection services, ClusterNodeSettings settings)
    {
        services.AddSingleton(settings).AddSingleton<ShardRegions>().AddSingleton<ClusterHosts>();
        services.AddSingleton<IStallDetector>(provider => new StallDetector(
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILoggerFactory>().CreateLogger("Cluster"))
        {
            IsAlone = settings.RegistryDatabase is null,
        });
        services.AddSingleton<QueueNodeReachability>();
        services.AddSingleton<IQueueNodeReachability>(provider => provider.GetRequiredService<QueueNodeReachability>());
        services.TryAddSingleton<ServerGuard>();
        services.AddSingleton<ActorPulse>().AddSingleton<ILifeSign>(provider => provider.GetRequiredService<ActorPulse>());
        services.AddSingleton<ClusterNode>();
        services.AddHostedService(provider => provider.GetRequiredService<ClusterNode>());
        services.AddSingleton<IReadinessCheck>(provider => provider.GetRequiredService<ClusterNode>());
        return services;
    }
}
