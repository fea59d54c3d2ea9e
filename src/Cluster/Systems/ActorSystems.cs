using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Cluster.Sharding;
using Microsoft.Extensions.Logging;
using Postfleet.Cluster.Common;
using Postfleet.Cluster.Membership;
using Postfleet.Contracts;
using Postfleet.Contracts.Persistence;
using Postfleet.Contracts.Serialization;
using Postfleet.Core;

namespace Postfleet.Cluster.Systems;

/// <summary>Creates the actor system <c>postfleet</c>. Called by <see cref="ClusterNode"/>.</summary>
/// <param name="settings">The cluster settings of the node.</param>
/// <param name="persistence">The journals.</param>
/// <param name="modules">The modules of the node, for their formats.</param>
/// <param name="databaseId">The id of the database; null for embedded storage.</param>
/// <param name="loggers">The node's log.</param>
/// <param name="guard">The services for decisions about unreachable nodes; null for embedded storage.</param>
/// <param name="isJoining">Whether this node is joining a cluster; true before its actor system is created.</param>
/// <param name="time">The clock.</param>
internal sealed class ActorSystems(
    ClusterNodeSettings settings, IActorPersistence persistence, IReadOnlyCollection<IClusterModule> modules, string? databaseId,
    ILoggerFactory loggers, DowningGuardSetup? guard, Func<bool> isJoining, TimeProvider time)
{
    /// <summary>Creates an actor system outside of a cluster.</summary>
    /// <exception cref="StartFailureException">Its address or its port cannot be listened on.</exception>
    /// <exception cref="InvalidOperationException">A message type has no serializer of this program, or a journal is not in the shared
    /// storage.</exception>
    public ActorSystem Create()
    {
        var config = ClusterConfig.Create(settings, databaseId)
            .WithFallback(persistence.ToConfig())
            .WithFallback(PostfleetSerialization.Config)
            .WithFallback(ClusterSharding.DefaultConfig());
        var setup = ActorSystemSetup
            .Create([BootstrapSetup.Create().WithConfig(config), .. persistence.Setups(time), new AkkaLogSetup(loggers, isJoining),
                new FormatSetup(modules.SelectMany(module => module.Formats))]);
        if (guard is not null) setup = setup.And(guard);
        if (settings.Tls is { } tls) setup = setup.And(tls);
        var system = Create(setup);
        system.ActorOf(
            Props.Create(() => new AbandonedConnections(loggers.CreateLogger<AbandonedConnections>())), "abandoned-connections");
        SerializationCheck.Verify(system, modules.Select(module => module.GetType().Assembly));
        persistence.Verify(system);
        var fallback = system.Serialization.FindSerializerForType(typeof(object));
        if (fallback is not RefusingSerializer)
            throw new InvalidOperationException($"types without a format would be serialized by {fallback.GetType().Name}");
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
