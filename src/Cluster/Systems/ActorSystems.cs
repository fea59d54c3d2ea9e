using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Cluster.Sharding;
using Microsoft.Extensions.Logging;
using Postfleet.Cluster.Common;
using Postfleet.Cluster.Membership;
using Postfleet.Contracts;
using Postfleet.Contracts.Serialization;
using Postfleet.Core;

namespace Postfleet.Cluster.Systems;

/// <summary>Makes the actor system <c>postfleet</c>.</summary>
/// <param name="settings">What the cluster's part of the node starts from.</param>
/// <param name="persistence">Where events go.</param>
/// <param name="databaseId">The id of the database; null where only one node can be.</param>
/// <param name="loggers">The node's log.</param>
/// <param name="guard">What the cluster's downing asks about nodes that cannot be reached; null where only one node can be.</param>
/// <param name="isJoining">Whether this node is on its way into a cluster, from before its actor system is made.</param>
/// <param name="time">The clock.</param>
internal sealed class ActorSystems(
    ClusterNodeSettings settings, IActorPersistence persistence, string? databaseId, ILoggerFactory loggers, DowningGuardSetup? guard,
    Func<bool> isJoining, TimeProvider time)
{
    /// <summary>Makes one that is in no cluster yet.</summary>
    /// <exception cref="StartFailureException">Its address or its port cannot be listened on.</exception>
    /// <exception cref="InvalidOperationException">A message would not travel in our format, or an event not go to the shared
    /// storage.</exception>
    public ActorSystem Create()
    {
        var config = ClusterConfig.Create(settings, databaseId)
            .WithFallback(persistence.ToConfig())
            .WithFallback(PostfleetSerialization.Config)
            .WithFallback(ClusterSharding.DefaultConfig());
        var setup = ActorSystemSetup
            .Create([BootstrapSetup.Create().WithConfig(config), .. persistence.Setups(time), new AkkaLogSetup(loggers, isJoining)]);
        if (guard is not null) setup = setup.And(guard);
        if (settings.Tls is { } tls) setup = setup.And(tls);
        var system = Create(setup);
        SerializationCheck.Verify(system);
        persistence.Verify(system);
        var fallback = system.Serialization.FindSerializerForType(typeof(object));
        if (fallback is not RefusingSerializer)
            throw new InvalidOperationException($"what has no format would travel by {fallback.GetType().Name}");
        return system;
    }

    private ActorSystem Create(ActorSystemSetup setup)
    {
        try
        {
            return ActorSystem.Create("postfleet", setup);
        }
        catch (Exception e) when (SocketErrors.FindException(e) is { } socket)
        {
            var setting = SocketErrors.IsAboutAddress(socket)
                ? $"Cluster:Host {settings.Host}"
                : $"Cluster:Port {settings.Port} on {settings.Host}";
            throw new StartFailureException($"{setting} cannot be listened on: {SocketErrors.Describe(socket)}", e);
        }
    }
}
