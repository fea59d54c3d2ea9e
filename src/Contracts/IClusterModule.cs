using Akka.Actor;
using Postfleet.Contracts.Serialization;

namespace Postfleet.Contracts;

/// <summary>What one room has in the actor system. Rooms start in order and stop in the reverse one.</summary>
public interface IClusterModule
{
    /// <summary>The role of the nodes whose shard region holds the room's entities; null for a room without any.</summary>
    string? Role => null;

    /// <summary>
    /// The formats of the module's own messages and events. An actor system is made with those of all modules, and does not start while a
    /// message of a module has none.
    /// </summary>
    IReadOnlyList<Codec> Formats => [];

    /// <summary>Starts the room's actors.</summary>
    Task StartAsync(ActorSystem system, CancellationToken cancellationToken);

    /// <summary>
    /// From now on reaches the room's entities on other nodes only. Asked of a room whose <see cref="Role"/> this node and others have,
    /// when this node is to leave.
    /// </summary>
    /// <returns>The region that the entities of this node are in, for the caller to move away.</returns>
    IActorRef StepBack(ActorSystem system) => ActorRefs.Nobody;

    /// <summary>
    /// Begins nothing new and finishes what has begun. Called as soon as the node is told to stop, while sessions end; in the reverse order
    /// too.
    /// </summary>
    /// <param name="graceOver">What has not finished by then is cut off; the task ends all the same.</param>
    Task DrainAsync(CancellationToken graceOver) => Task.CompletedTask;

    /// <summary>Ends the room's work, while the rooms before it still run.</summary>
    Task StopAsync(CancellationToken cancellationToken);
}
