using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Cluster;
using Akka.Cluster.SBR;
using Microsoft.Extensions.Logging;

namespace Postfleet.Cluster.Membership;

/// <summary>
/// The services of <see cref="DowningGuard"/>. Without them in the actor system's setup, Akka's split brain resolver runs without the
/// guard.
/// </summary>
internal sealed class DowningGuardSetup(INodeRegistry registry, TimeProvider time, ILogger logger) : Setup
{
    public INodeRegistry Registry { get; } = registry;

    public TimeProvider Time { get; } = time;

    public ILogger Logger { get; } = logger;
}

/// <summary>
/// Runs Akka's split brain resolver under a <see cref="DowningGuard"/>. Akka creates it by its name in the configuration of the actor
/// system.
/// </summary>
internal sealed class DowningGuardProvider(ActorSystem system, Akka.Cluster.Cluster cluster) : IDowningProvider
{
    private readonly SplitBrainResolverProvider _resolver = new(system, cluster);

    public TimeSpan DownRemovalMargin => _resolver.DownRemovalMargin;

    public Props DowningActorProps
    {
        get
        {
            var setup = system.Settings.Setup.Get<DowningGuardSetup>();
            if (!setup.HasValue) return _resolver.DowningActorProps;
            // The props hold an object in which a resolver keeps the members. So each resolver gets new props: with the props of an earlier
            // resolver it would count nodes removed since.
            Func<Props> resolver = () => _resolver.DowningActorProps;
            return Props.Create(() => new DowningGuard(cluster, resolver, setup.Value));
        }
    }
}
