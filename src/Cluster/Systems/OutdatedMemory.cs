using Akka.Actor;
using Microsoft.Extensions.Logging;
using Postfleet.Cluster.Common;
using Postfleet.Contracts.Persistence;

namespace Postfleet.Cluster.Systems;

/// <summary>
/// Ends an actor system whose entities know more than the database has, after a fail-over that lost changes. The entities of the next actor
/// system read the database. <see cref="ClusterNode"/> starts it for each actor system.
/// </summary>
internal static class OutdatedMemory
{
    /// <summary>Waits until the storage is behind the actors, and then ends the actor system.</summary>
    public static async Task EndAsync(ActorSystem system, IActorPersistence persistence, ILogger logger, CancellationToken ended)
    {
        await persistence.WhenBehind.WaitAsync(ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (ended.IsCancellationRequested) return;
        ClusterLog.Behind(logger);
        await CoordinatedShutdown.Get(system).Run(CoordinatedShutdown.ClusterDowningReason.Instance);
    }
}
