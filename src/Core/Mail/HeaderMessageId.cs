using System.Buffers;
using System.Text;

namespace Postfleet.Core.Mail;

/// <summary>Reads the Message-ID of a message from its header (RFC 5322 section 3.6.4) without copying the content. Pure.</summary>
public static class HeaderMessageId
{
    /// <summary>The maximum length of an id in octets, that of a line (RFC 5322 section 2.1.1). Longer ids are cut off.</summary>
    public const int MaxLength = 998;

    /// <summary>The length of the header in which the field is looked for, in octets.</summary>
    public const int MaxHeader = 64 << 10;

    /// <summary>
    /// The body of the first Message-ID field with its angle brackets, as the client wrote it: continuation lines are joined, and control
    /// characters replaced by a question mark. Empty where the header has no such field.
    /// </summary>
    public static string Read(MessageContent content)
    {
        var octets = content.Octets;
        var reader = new SequenceReader<byte>(octets.Length > MaxHeader ? octets.Slice(0, MaxHeader) : octets);
        while (reader.TryReadTo(out ReadOnlySequence<byte> line, "\r\n"u8))
        {
            if (line.IsEmpty) return "";
            if (IsMessageId(line)) return Body(line.Slice(Name.Length), ref reader);
        }

        return "";
    }

    private static ReadOnlySpan<byte> Name => "message-id:"u8;

    private static bool IsMessageId(in ReadOnlySequence<byte> line)
    {
        if (line.Length < Name.Length) return false;
        if (line.FirstSpan.Length >= Name.Length) return Ascii.EqualsIgnoreCase(line.FirstSpan[..Name.Length], Name);
        Span<byte> name = stackalloc byte[Name.Length];
        line.Slice(0, Name.Length).CopyTo(name);
        return Ascii.EqualsIgnoreCase(name, Name);
    }

    private static string Body(in ReadOnlySequence<byte> first, ref SequenceReader<byte> reader)
    {
        Span<byte> body = stackalloc byte[MaxLength];
        var length = Append(body, first);
        while (reader.TryPeek(out var next) && next is (byte)' ' or (byte)'\t')
        {
            if (!reader.TryReadTo(out ReadOnlySequence<byte> line, "\r\n"u8)) break;
            length += Append(body[length..], line);
        }

        for (var i = 0; i < length; i++) if (body[i] is < (byte)' ' or 0x7F) body[i] = (byte)'?';
        return Encoding.UTF8.GetString(body[..length]);
    }

    // Copies a line without the white space around it.
    private static int Append(Span<byte> body, ReadOnlySequence<byte> line)
    {
        var reader = new SequenceReader<byte>(line);
        reader.AdvancePastAny((byte)' ', (byte)'\t');
        var rest = reader.UnreadSequence;
        if (rest.Length > body.Length) rest = rest.Slice(0, body.Length);
        rest.CopyTo(body);
        return body[..(int)rest.Length].TrimEnd(" \t"u8).Length;
    }
}
