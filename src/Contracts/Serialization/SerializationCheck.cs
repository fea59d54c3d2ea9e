using System.Reflection;
using Akka.Actor;
using Postfleet.Contracts.Messages;

namespace Postfleet.Contracts.Serialization;

/// <summary>
/// The check at start: every message of the protocol must have a format, and no message may fall back to Akka's default JSON.
/// </summary>
public static class SerializationCheck
{
    /// <summary>Finds the serializer of every type of the protocol, as remoting and the journal will.</summary>
    /// <param name="system">The new actor system.</param>
    /// <param name="modules">The assemblies of its modules.</param>
    /// <exception cref="InvalidOperationException">
    /// A type has another serializer than <see cref="PostfleetSerializer"/>, or no format.
    /// </exception>
    public static void Verify(ActorSystem system, IEnumerable<Assembly> modules)
    {
        foreach (var type in modules.Append(typeof(IProtocolMessage).Assembly).Distinct().SelectMany(ProtocolTypes))
        {
            var serializer = system.Serialization.FindSerializerForType(type);
            if (serializer is not PostfleetSerializer postfleet)
            {
                throw new InvalidOperationException(
                    $"{type.Name} is bound to {serializer.GetType().Name}, not to {nameof(PostfleetSerializer)}: "
                    + $"the actor system was started without {nameof(PostfleetSerialization)}.{nameof(PostfleetSerialization.Config)}");
            }

            if (!postfleet.Covers(type)) throw new InvalidOperationException($"no module has registered a format for {type}");
        }
    }

    /// <summary>Every concrete type of the protocol in an assembly.</summary>
    public static IEnumerable<Type> ProtocolTypes(Assembly assembly) => assembly.GetTypes()
        .Where(type => type is { IsAbstract: false, IsInterface: false } && typeof(IProtocolMessage).IsAssignableFrom(type));
}
