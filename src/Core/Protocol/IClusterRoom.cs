using Akka.Actor;

namespace Postfleet.Core.Protocol;

/// <summary>What one room has in the actor system. Rooms start in order and stop in the reverse one.</summary>
public interface IClusterRoom
{
    /// <summary>Starts the room's actors.</summary>
    Task StartAsync(ActorSystem system, CancellationToken cancellationToken);

    /// <summary>Ends the room's work, while the rooms before it still run.</summary>
    Task StopAsync(CancellationToken cancellationToken);
}
