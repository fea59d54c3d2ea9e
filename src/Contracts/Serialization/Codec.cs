using System.Runtime.Serialization;
using Google.Protobuf;

namespace Postfleet.Contracts.Serialization;

/// <summary>Writes and reads one type of record under one manifest.</summary>
internal abstract class Codec(string manifest, Type type)
{
    /// <summary>Names the format: once released it means this format for ever, and a changed format gets a new one.</summary>
    public string Manifest => manifest;

    public Type Type => type;

    public abstract byte[] Write(object record);

    /// <exception cref="SerializationException">The bytes are not of this format.</exception>
    public abstract object Read(byte[] bytes);
}

/// <summary>
/// Something that a newer version may have written. To go on without it would lose what is whole; it is refused until that version reads
/// it.
/// </summary>
internal sealed class NewerFormatException(string message) : SerializationException(message);

/// <summary>
/// A format of the journal. One damaged row must not close its queue, and all mail in it, for ever: it is read as an
/// <see cref="Events.UnreadableRow"/>, and what becomes of it is the queue's to decide.
/// </summary>
internal sealed class JournalCodec(Codec codec) : Codec(codec.Manifest, codec.Type)
{
    public override byte[] Write(object record) => codec.Write(record);

    public override object Read(byte[] bytes)
    {
        try
        {
            return codec.Read(bytes);
        }
        catch (SerializationException e) when (e is not NewerFormatException)
        {
            return new Events.UnreadableRow(Manifest, bytes, e.Message);
        }
    }
}

internal sealed class Codec<TRecord, TWire>(
    string manifest, Func<TRecord, TWire> toWire, MessageParser<TWire> parser, Func<TWire, TRecord> fromWire)
    : Codec(manifest, typeof(TRecord))
    where TRecord : class, IProtocolMessage
    where TWire : IMessage<TWire>
{
    public override byte[] Write(object record) => toWire((TRecord)record).ToByteArray();

    public override object Read(byte[] bytes)
    {
        try
        {
            return fromWire(parser.ParseFrom(bytes));
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or ArgumentException)
        {
            // A value out of its bounds is as unreadable as a broken frame: neither may become a half-read event.
            throw new SerializationException(
                $"{bytes.Length} bytes with manifest '{Manifest}' are not a {typeof(TRecord).Name}: {e.Message}", e);
        }
    }
}
