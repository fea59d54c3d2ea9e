using Akka.Actor;

namespace Postfleet.Contracts.Serialization;

/// <summary>The check at start that nothing of the protocol falls back to Akka's default JSON.</summary>
public static class SerializationCheck
{
    /// <summary>Finds the serializer of every type of the protocol, as remoting and the journal will.</summary>
    /// <exception cref="InvalidOperationException">A type has another serializer than ours, or ours has no format for it.</exception>
    public static void Verify(ActorSystem system)
    {
        foreach (var type in ProtocolTypes())
        {
            var serializer = system.Serialization.FindSerializerForType(type);
            if (serializer is not PostfleetSerializer)
            {
                throw new InvalidOperationException(
                    $"{type.Name} is bound to {serializer.GetType().Name}, not to {nameof(PostfleetSerializer)}: "
                    + $"the actor system was started without {nameof(PostfleetSerialization)}.{nameof(PostfleetSerialization.Config)}");
            }

            if (!PostfleetSerializer.Covers(type))
                throw new InvalidOperationException($"{nameof(PostfleetSerializer)} has no format for {type}");
        }
    }

    /// <summary>Every concrete type of the protocol.</summary>
    internal static IEnumerable<Type> ProtocolTypes() => typeof(IProtocolMessage).Assembly.GetTypes()
        .Where(type => type is { IsAbstract: false, IsInterface: false } && typeof(IProtocolMessage).IsAssignableFrom(type));
}
