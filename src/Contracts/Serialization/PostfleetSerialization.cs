using Akka.Configuration;
using Postfleet.Contracts.Messages;

namespace Postfleet.Contracts.Serialization;

/// <summary>Binds the protocol to its serializer. Required by every actor system of the cluster, in tests too.</summary>
public static class PostfleetSerialization
{
    /// <summary>The settings, to be laid over Akka's own.</summary>
    public static Config Config { get; } = ConfigurationFactory.ParseString($$"""
        akka.actor {
          serializers.postfleet = "{{Name(typeof(PostfleetSerializer))}}"
          serialization-bindings {
            "{{Name(typeof(IProtocolMessage))}}" = postfleet
          }
        }
        """);

    // Without the version: a node must not refuse to start because an assembly's version changed.
    private static string Name(Type type) => $"{type.FullName}, {type.Assembly.GetName().Name}";
}
