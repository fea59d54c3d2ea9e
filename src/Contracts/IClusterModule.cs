using Akka.Actor;
using Postfleet.Contracts.Serialization;

namespace Postfleet.Contracts;

/// <summary>The actors of a module. The cluster starts modules in order and stops them in reverse order.</summary>
public interface IClusterModule
{
    /// <summary>The role of the nodes for the module's entities; null for a module without entities.</summary>
    string? Role => null;

    /// <summary>
    /// The formats of the module's own messages and events. An actor system is made with the formats of all modules, and does not start
    /// while a message of a module has no format.
    /// </summary>
    IReadOnlyList<Codec> Formats => [];

    /// <summary>Starts the module's actors in a new actor system.</summary>
    Task StartAsync(ActorSystem system, CancellationToken cancellationToken);

    /// <summary>
    /// Routes messages to the module's entities on other nodes from now on. Called when this node leaves and other nodes have the
    /// <see cref="Role"/> too.
    /// </summary>
    /// <returns>The region with the entities of this node, which the caller hands over.</returns>
    IActorRef StepBack(ActorSystem system) => ActorRefs.Nobody;

    /// <summary>
    /// Starts no new work and finishes work in progress. Called when the node is told to stop, while sessions end; in reverse order.
    /// </summary>
    /// <param name="graceOver">Work not finished by then is cancelled; the task still completes.</param>
    Task DrainAsync(CancellationToken graceOver) => Task.CompletedTask;

    /// <summary>Ends the module's work while the modules before it still run.</summary>
    Task StopAsync(CancellationToken cancellationToken);
}
