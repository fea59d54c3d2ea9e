using Akka.Actor;
using Akka.Configuration;

namespace Postfleet.Cluster.Tests;

/// <summary>Actor systems that reach each other on loopback and are in no cluster.</summary>
internal static class RemoteSystem
{
    /// <summary>Starts a system on a free port.</summary>
    public static ActorSystem Start() => ActorSystem.Create("postfleet", ConfigurationFactory.ParseString(
        """
        akka {
          actor.provider = remote
          remote.dot-netty.tcp { hostname = "127.0.0.1", port = 0 }
          loglevel = OFF
          stdout-loglevel = OFF
        }
        """));

    /// <summary>The address at which a system listens.</summary>
    public static Address AddressOf(ActorSystem system) => ((ExtendedActorSystem)system).Provider.DefaultAddress;
}
