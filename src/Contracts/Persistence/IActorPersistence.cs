using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Postfleet.Core;

namespace Postfleet.Contracts.Persistence;

/// <summary>
/// The storage of persistent actors. The cluster prepares it before the first actor system and creates each actor system with its
/// configuration.
/// </summary>
public interface IActorPersistence
{
    /// <summary>Creates or upgrades the tables if necessary, and checks them.</summary>
    /// <returns>A line for each completed step.</returns>
    /// <exception cref="StartFailureException">The storage does not answer, or its tables are unusable.</exception>
    Task<IReadOnlyList<string>> PrepareAsync(CancellationToken cancellationToken);

    /// <summary>The configuration of Akka.Persistence and of the sharding's journal. It holds no password.</summary>
    Config ToConfig();

    /// <summary>
    /// Ends when the storage lacks changes that it had confirmed, for example after a fail-over to an asynchronous standby. The actors then
    /// know more than the storage has, so their actor system must be replaced. The storage refuses every call until <see cref="Setups"/>.
    /// </summary>
    Task WhenBehind { get; }

    /// <summary>The set-ups with the storage for the plugins of an actor system. No actor of an earlier actor system may be left.</summary>
    Setup[] Setups(TimeProvider time);

    /// <summary>Checks a new actor system: it must persist nothing in memory or in local files, the defaults of Akka.</summary>
    /// <exception cref="InvalidOperationException">A plugin does not use the shared storage.</exception>
    void Verify(ActorSystem system);
}
