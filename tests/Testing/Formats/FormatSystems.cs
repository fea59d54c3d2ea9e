using Akka.Actor;
using Akka.Actor.Setup;
using Akka.Configuration;
using Postfleet.Contracts.Serialization;

namespace Postfleet.Testing.Formats;

/// <summary>Actor systems whose messages have the formats of a module.</summary>
public static class FormatSystems
{
    /// <summary>The set-up of an actor system with the formats of <c>Contracts</c> and of a module.</summary>
    public static ActorSystemSetup Setup(Config config, IReadOnlyList<Codec> formats) => ActorSystemSetup.Create(
        BootstrapSetup.Create().WithConfig(config.WithFallback(PostfleetSerialization.Config)), new FormatSetup(formats));

    /// <summary>An actor system without log and network.</summary>
    public static ActorSystem Create(IReadOnlyList<Codec> formats) => ActorSystem.Create(
        "formats", Setup(ConfigurationFactory.ParseString("akka { loglevel = OFF, stdout-loglevel = OFF }"), formats));
}
