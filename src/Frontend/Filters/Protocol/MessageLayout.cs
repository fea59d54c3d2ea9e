using System.Buffers;
using System.Text;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Frontend.Filters.Protocol;

/// <summary>A header field: a slice of the content, or new octets.</summary>
/// <param name="Start">Where the slice begins.</param>
/// <param name="Length">Its length with all lines and their CRLF.</param>
/// <param name="Name">The name, without white space before the colon.</param>
/// <param name="New">The new octets; null for a slice.</param>
internal sealed record LayoutField(long Start, long Length, string Name, byte[]? New = null);

/// <summary>Where header fields and body of a message are. Pure.</summary>
internal sealed class MessageLayout
{
    /// <summary>Most fields of a header that filters see.</summary>
    public const int MaxFields = 10_000;

    /// <summary>Longest header that filters see, in octets.</summary>
    public const int MaxHeader = 1 << 20;

    private MessageLayout(MessageContent content, List<LayoutField> fields, long headerEnd, long bodyStart, LayoutField? own) =>
        (Content, Fields, HeaderEnd, BodyStart, Own) = (content, fields, headerEnd, bodyStart, own);

    /// <summary>The content.</summary>
    public MessageContent Content { get; }

    /// <summary>The fields in their order.</summary>
    public IReadOnlyList<LayoutField> Fields { get; }

    /// <summary>The end of the last field.</summary>
    public long HeaderEnd { get; }

    /// <summary>The begin of the body, behind the empty line.</summary>
    public long BodyStart { get; }

    /// <summary>
    /// This host's trace header. Filters do not see it, as with Postfix; positions of inserted fields count it, as with sendmail.
    /// </summary>
    public LayoutField? Own { get; }

    /// <summary>Reads the layout of a message; null for a header beyond the bounds. A line that is no field ends the header.</summary>
    /// <param name="content">The content.</param>
    /// <param name="id">The id in this host's trace header.</param>
    public static MessageLayout? Read(MessageContent content, MessageId id)
    {
        var octets = content.Octets;
        var reader = new SequenceReader<byte>(octets);
        List<LayoutField> fields = [];
        LayoutField? own = null;
        var mark = Encoding.ASCII.GetBytes($" id {id}");
        var (end, body) = (0L, 0L);
        while (reader.TryReadTo(out ReadOnlySequence<byte> line, "\r\n"u8))
        {
            if (line.IsEmpty)
            {
                body = reader.Consumed;
                break;
            }

            if (reader.Consumed > MaxHeader || fields.Count == MaxFields) return null;
            if (line.FirstSpan[0] is (byte)' ' or (byte)'\t')
            {
                if (fields.Count == 0) break;
                fields[^1] = fields[^1] with { Length = reader.Consumed - fields[^1].Start };
            }
            else
            {
                if (NameOf(line) is not { } name) break;
                fields.Add(new LayoutField(end, reader.Consumed - end, name));
            }

            (end, body) = (reader.Consumed, reader.Consumed);
        }

        for (var i = 0; i < fields.Count && own is null; i++)
        {
            if (fields[i].Name.Equals("Received", StringComparison.OrdinalIgnoreCase)
                && octets.Slice(fields[i].Start, fields[i].Length).ToArray().AsSpan().IndexOf(mark) >= 0)
                own = fields[i];
        }

        return new MessageLayout(content, fields, end, body, own);
    }

    /// <summary>
    /// The data of the command for a field: the name and the value, each ended by a NUL, with lines ended by LF, as sendmail sends them.
    /// </summary>
    /// <param name="field">A slice of the content.</param>
    /// <param name="keepsSpace">Whether the space behind the colon belongs to the value.</param>
    public byte[] DataOf(LayoutField field, bool keepsSpace)
    {
        var octets = Content.Octets.Slice(field.Start, field.Length).ToArray();
        var value = octets.AsSpan(octets.IndexOf((byte)':') + 1)[..^2];
        if (!keepsSpace && value is [(byte)' ', ..]) value = value[1..];
        var data = new byte[field.Name.Length + value.Length + 2];
        var length = Encoding.Latin1.GetBytes(field.Name, data) + 1;
        foreach (var octet in value)
        {
            if (octet == '\n' && data[length - 1] == '\r') length--;
            data[length++] = octet;
        }

        return data[..(length + 1)];
    }

    // White space before the colon is obsolete and accepted (RFC 5322 section 4.5). Null where the line is no field.
    private static string? NameOf(ReadOnlySequence<byte> line)
    {
        if (line.PositionOf((byte)':') is not { } colon) return null;
        var name = line.Slice(0, colon).ToArray().AsSpan().TrimEnd(" \t"u8);
        return name.IsEmpty || name.ContainsAnyExceptInRange((byte)'!', (byte)'~') ? null : Encoding.Latin1.GetString(name);
    }
}
