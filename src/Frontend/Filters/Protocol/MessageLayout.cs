using System.Buffers;
using System.Text;
using Postfleet.Authentication.Messages;
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

    /// <summary>Reads the layout of a message; null for a header beyond the bounds of <see cref="MessageHeader"/>.</summary>
    /// <param name="content">The content.</param>
    /// <param name="id">The id in this host's trace header.</param>
    public static MessageLayout? Read(MessageContent content, MessageId id)
    {
        var header = MessageHeader.Read(content.Octets);
        if (!header.IsComplete) return null;
        List<LayoutField> fields = [];
        LayoutField? own = null;
        var mark = Encoding.ASCII.GetBytes($" id {id}");
        foreach (var field in header.Fields)
        {
            var octets = header.Octets(field);
            var name = Encoding.ASCII.GetString(octets[..(field.NameEnd - field.Start)]);
            fields.Add(new LayoutField(field.Start, octets.Length, name));
            if (own is null && name.Equals("Received", StringComparison.OrdinalIgnoreCase) && octets.IndexOf(mark) >= 0) own = fields[^1];
        }

        var end = header.Fields is [.., var last] ? last.End : 0;
        return new MessageLayout(content, fields, end, content.Length - header.Body.Length, own);
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
}
