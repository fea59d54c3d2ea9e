using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Postfleet.Core;

namespace Postfleet.Contracts.Persistence;

/// <summary>
/// Where the events of persistent actors go. The cluster prepares it before the first actor system, and makes each actor system with its
/// configuration.
/// </summary>
public interface IActorPersistence
{
    /// <summary>Creates or changes the tables where that is needed, and checks them.</summary>
    /// <returns>The steps that were done, a line for each.</returns>
    /// <exception cref="StartFailureException">The storage does not answer, or its tables cannot be used.</exception>
    Task<IReadOnlyList<string>> PrepareAsync(CancellationToken cancellationToken);

    /// <summary>The configuration of Akka.Persistence and of the sharding's journal. It holds no password.</summary>
    Config ToConfig();

    /// <summary>The set-ups by which the plugins of an actor system find their storage.</summary>
    Setup[] Setups(TimeProvider time);

    /// <summary>Checks that a new actor system persists nothing in memory or in local files, where Akka's defaults would put it.</summary>
    /// <exception cref="InvalidOperationException">A plugin is not the one in the shared storage.</exception>
    void Verify(ActorSystem system);
}
