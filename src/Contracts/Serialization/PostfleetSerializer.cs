using System.Runtime.Serialization;
using Akka.Actor;
using Akka.Serialization;
using Postfleet.Contracts.Messages;

namespace Postfleet.Contracts.Serialization;

/// <summary>
/// The serializer of all records sent between nodes or persisted (<see cref="IProtocolMessage"/>): protobuf under short manifests, which
/// carry the version of the format. No name of a CLR type is written, so types can be moved and renamed. Akka makes a serializer for each
/// actor system and calls it on any thread; the formats come from <c>Contracts</c> and from the system's <see cref="FormatSetup"/>.
/// </summary>
/// <param name="system">The actor system of the serializer.</param>
/// <exception cref="InvalidOperationException">Two formats have the same manifest.</exception>
public sealed class PostfleetSerializer(ExtendedActorSystem system) : SerializerWithStringManifest(system)
{
    /// <summary>The id in every remoted frame and every row of the journal. It never changes.</summary>
    public const int SerializerId = 4053;

    private readonly FormatTable _formats =
        new([.. MessageFormats.All, .. system.Settings.Setup.Get<FormatSetup>().Select(setup => setup.Formats).GetOrElse([])]);

    /// <inheritdoc/>
    public override int Identifier => SerializerId;

    /// <summary>Whether there is a format for a type.</summary>
    public bool Covers(Type type) => _formats.Find(type) is not null;

    /// <inheritdoc/>
    /// <exception cref="SerializationException">There is no format for the object's type.</exception>
    public override string Manifest(object o) => FormatOf(o).Manifest;

    /// <inheritdoc/>
    /// <exception cref="SerializationException">There is no format for the object's type, or a value is out of its bounds.</exception>
    public override byte[] ToBinary(object obj) => FormatOf(obj).Write(obj);

    /// <inheritdoc/>
    /// <exception cref="SerializationException">
    /// The manifest is unknown, or the bytes are not of its format; bytes of a journal's formats become an
    /// <see cref="Persistence.UnreadableRow"/>.
    /// </exception>
    public override object FromBinary(byte[] bytes, string manifest) => _formats.Find(manifest) is { } codec
        ? codec.Read(bytes)
        : throw new SerializationException($"unknown manifest '{manifest}': written by a newer version or by another program");

    private Codec FormatOf(object o) => _formats.Find(o.GetType())
        ?? throw new SerializationException($"no wire format for {o.GetType()}: its module registers none");
}
