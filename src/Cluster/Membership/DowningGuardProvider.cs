using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Cluster;
using Akka.Cluster.SBR;
using Microsoft.Extensions.Logging;

namespace Postfleet.Cluster.Membership;

/// <summary>What the guard works with; without it in the actor system's setup the split brain resolver works alone.</summary>
internal sealed class DowningGuardSetup(INodeRegistry registry, TimeProvider time, ILogger logger) : Setup
{
    public INodeRegistry Registry { get; } = registry;

    public TimeProvider Time { get; } = time;

    public ILogger Logger { get; } = logger;
}

/// <summary>
/// Akka's split brain resolver under a <see cref="DowningGuard"/>. Named in the actor system's configuration, and made by Akka.
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
            // Asked anew for each resolver: the props hold an object in which a resolver keeps the members that it knows. A resolver that
            // was started with those of one before it would count nodes that were removed in between.
            Func<Props> resolver = () => _resolver.DowningActorProps;
            return Props.Create(() => new DowningGuard(cluster, resolver, setup.Value));
        }
    }
}
