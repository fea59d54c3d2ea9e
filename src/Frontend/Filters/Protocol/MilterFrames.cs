using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Postfleet.Frontend.Filters.Protocol;

/// <summary>A frame: a code and its data.</summary>
/// <param name="Code">The code of the command or the reply.</param>
/// <param name="Data">The data, which is valid until the reader goes on.</param>
internal readonly record struct MilterFrame(byte Code, ReadOnlySequence<byte> Data);

/// <summary>Reads and writes frames: four octets with the length of the rest, the code, and the data. Pure.</summary>
internal static class MilterFrames
{
    /// <summary>
    /// Longest frame that is read, in octets without its length. libmilter sends 64 KiB at most by default, and 1 MiB by agreement.
    /// </summary>
    public const int MaxLength = 1 << 20;

    /// <summary>Longest piece of a body, in octets (MILTER_CHUNK_SIZE of libmilter).</summary>
    public const int Chunk = 65535;

    /// <summary>Octets of length and code.</summary>
    public const int Head = 5;

    private const int LengthOctets = 4;

    /// <summary>Reads a frame.</summary>
    /// <param name="input">The input; advanced behind the frame.</param>
    /// <param name="frame">The frame.</param>
    /// <returns>False if the frame is not complete.</returns>
    /// <exception cref="FilterException">The frame is empty or too long.</exception>
    public static bool TryRead(ref ReadOnlySequence<byte> input, out MilterFrame frame)
    {
        frame = default;
        if (input.Length < LengthOctets) return false;
        Span<byte> head = stackalloc byte[Head];
        input.Slice(0, LengthOctets).CopyTo(head);
        var length = BinaryPrimitives.ReadUInt32BigEndian(head);
        if (length == 0) throw FilterException.Malformed("it sends an empty frame");
        if (length > MaxLength) throw FilterException.Malformed($"it sends a frame of {length} octets; at most {MaxLength} are read");
        if (input.Length < LengthOctets + length) return false;
        frame = new MilterFrame(input.Slice(LengthOctets, 1).FirstSpan[0], input.Slice(Head, length - 1));
        input = input.Slice(LengthOctets + length);
        return true;
    }

    /// <summary>Writes the begin of a frame whose data follows.</summary>
    public static void WriteHead(IBufferWriter<byte> output, MilterCommand command, int length)
    {
        var head = output.GetSpan(Head);
        BinaryPrimitives.WriteInt32BigEndian(head, length + 1);
        head[LengthOctets] = (byte)command;
        output.Advance(Head);
    }

    /// <summary>Writes a frame.</summary>
    public static void Write(IBufferWriter<byte> output, MilterCommand command, ReadOnlySpan<byte> data)
    {
        WriteHead(output, command, data.Length);
        output.Write(data);
    }

    /// <summary>Texts, each ended by a NUL. A NUL within a text becomes a question mark.</summary>
    public static byte[] Texts(params ReadOnlySpan<string> texts)
    {
        var data = new List<byte>();
        foreach (var text in texts)
        {
            data.AddRange(Encoding.UTF8.GetBytes(text.Replace('\0', '?')));
            data.Add(0);
        }

        return [.. data];
    }

    /// <summary>Reads a text up to its NUL.</summary>
    /// <param name="data">The data; advanced behind the NUL.</param>
    /// <returns>The text as Latin-1, so that each octet is a character.</returns>
    /// <exception cref="FilterException">There is no NUL.</exception>
    public static string ReadText(ref ReadOnlySequence<byte> data)
    {
        var reader = new SequenceReader<byte>(data);
        if (!reader.TryReadTo(out ReadOnlySequence<byte> text, (byte)0)) throw FilterException.Malformed("a text has no end");
        data = reader.UnreadSequence;
        return Encoding.Latin1.GetString(text);
    }

    /// <summary>Reads a number.</summary>
    /// <exception cref="FilterException">The data is too short.</exception>
    public static uint ReadNumber(ref ReadOnlySequence<byte> data)
    {
        if (data.Length < LengthOctets) throw FilterException.Malformed("a number is missing");
        Span<byte> octets = stackalloc byte[LengthOctets];
        data.Slice(0, LengthOctets).CopyTo(octets);
        data = data.Slice(LengthOctets);
        return BinaryPrimitives.ReadUInt32BigEndian(octets);
    }
}
