using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;

namespace Postfleet.Cluster.Systems;

/// <summary>
/// Replaces Akka's JSON serializer for types without a binding: a message or event of an unbound type is refused and its type is logged.
/// JSON would write the names of CLR types, which the next version may not have.
/// </summary>
public sealed class RefusingSerializer(ExtendedActorSystem system) : Serializer(system)
{
    /// <inheritdoc/>
    public override int Identifier => 4054;

    /// <inheritdoc/>
    public override bool IncludeManifest => true;

    /// <inheritdoc/>
    /// <exception cref="SerializationException">Always.</exception>
    public override byte[] ToBinary(object obj) =>
        throw new SerializationException($"{obj.GetType()} has no format for the wire or the journal");

    /// <inheritdoc/>
    /// <exception cref="SerializationException">Always.</exception>
    public override object FromBinary(byte[] bytes, Type type) =>
        throw new SerializationException($"{type} has no format for the wire or the journal");
}
