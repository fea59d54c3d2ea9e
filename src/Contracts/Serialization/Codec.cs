using System.Runtime.Serialization;
using Google.Protobuf;
using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Persistence;

namespace Postfleet.Contracts.Serialization;

/// <summary>Writes and reads a type of record under a single manifest. Safe on any thread.</summary>
/// <param name="manifest">The name of the format.</param>
/// <param name="type">The type of the record.</param>
public abstract class Codec(string manifest, Type type)
{
    /// <summary>
    /// The name of the format, with its version. A released manifest means the same format for ever; a changed format gets a new manifest.
    /// </summary>
    public string Manifest => manifest;

    /// <summary>The type of the record.</summary>
    public Type Type => type;

    /// <summary>The octets of a record.</summary>
    /// <exception cref="SerializationException">A value of the record is unknown or out of its bounds.</exception>
    public abstract byte[] Write(object record);

    /// <summary>The record in the octets.</summary>
    /// <exception cref="SerializationException">The octets are not of this format.</exception>
    public abstract object Read(byte[] bytes);
}

/// <summary>A format as a protobuf message.</summary>
/// <param name="manifest">The name of the format.</param>
/// <param name="toWire">Makes the protobuf message of a record.</param>
/// <param name="parser">Reads the protobuf message.</param>
/// <param name="fromWire">Makes the record of a protobuf message.</param>
public sealed class Codec<TRecord, TWire>(
    string manifest, Func<TRecord, TWire> toWire, MessageParser<TWire> parser, Func<TWire, TRecord> fromWire)
    : Codec(manifest, typeof(TRecord))
    where TRecord : class, IProtocolMessage
    where TWire : IMessage<TWire>
{
    /// <inheritdoc/>
    public override byte[] Write(object record) => toWire((TRecord)record).ToByteArray();

    /// <inheritdoc/>
    public override object Read(byte[] bytes)
    {
        try
        {
            return fromWire(parser.ParseFrom(bytes));
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or ArgumentException)
        {
            // A value out of its bounds is as unreadable as a broken frame: neither may become a half-read record.
            throw new SerializationException(
                $"{bytes.Length} bytes with manifest '{Manifest}' are not a {typeof(TRecord).Name}: {e.Message}", e);
        }
    }
}

/// <summary>
/// A format of journal rows. A damaged row is read as an <see cref="UnreadableRow"/>, and the entity decides about it: an exception would
/// end the replay, and the entity with all its other rows could never start again.
/// </summary>
/// <param name="codec">The format of an undamaged row.</param>
public sealed class JournalCodec(Codec codec) : Codec(codec.Manifest, codec.Type)
{
    /// <inheritdoc/>
    public override byte[] Write(object record) => codec.Write(record);

    /// <inheritdoc/>
    /// <exception cref="NewerFormatException">A newer version wrote the row.</exception>
    public override object Read(byte[] bytes)
    {
        try
        {
            return codec.Read(bytes);
        }
        catch (SerializationException e) when (e is not NewerFormatException)
        {
            return new UnreadableRow(Manifest, bytes, e.Message);
        }
    }
}
