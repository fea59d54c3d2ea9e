using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using Postfleet.Core.Mail;

namespace Postfleet.Authentication.Messages;

/// <summary>
/// The header section of a message (RFC 5322 section 2.2) in its original octets, as DKIM, ARC, DMARC and Authentication-Results read it.
/// The header ends at the first empty line, or before the first line that belongs to no field (<see cref="HeaderLine"/>). A line ends with
/// CRLF or with a lone LF. Immutable, and bounded: a longer header is cut, and <see cref="IsComplete"/> is false. Pure.
/// </summary>
public sealed class MessageHeader
{
    /// <summary>The greatest length of a header section, in octets.</summary>
    public const int MaxOctets = 1024 * 1024;

    /// <summary>The greatest number of fields.</summary>
    public const int MaxFields = 10_000;

    private static readonly IReadOnlyList<HeaderField> None = [];

    private readonly ReadOnlyMemory<byte> _octets;
    private readonly Dictionary<string, List<HeaderField>> _byName = new(StringComparer.OrdinalIgnoreCase);

    private MessageHeader(ReadOnlyMemory<byte> octets, ReadOnlySequence<byte> body, bool isComplete, bool isBroken)
    {
        _octets = octets;
        Body = body;
        HasMalformedLines = isBroken;
        var fields = ImmutableArray.CreateBuilder<HeaderField>();
        var isCut = false;
        for (var at = 0; at < octets.Length;)
        {
            if (fields.Count == MaxFields)
            {
                isCut = true;
                break;
            }

            var field = Parse(octets.Span, at);
            fields.Add(field);
            var name = Encoding.ASCII.GetString(octets.Span[field.Start..field.NameEnd]);
            if (!_byName.TryGetValue(name, out var list)) _byName.Add(name, list = []);
            list.Add(field);
            at = field.End;
        }

        Fields = fields.ToImmutable();
        IsComplete = isComplete && !isCut;
    }

    /// <summary>The fields, from top to bottom.</summary>
    public ImmutableArray<HeaderField> Fields { get; }

    /// <summary>
    /// The octets behind the empty line that ends the header, or from the line that ends it; empty if there is none.
    /// </summary>
    public ReadOnlySequence<byte> Body { get; }

    /// <summary>Whether the whole header was read; false if it exceeds <see cref="MaxOctets"/> or <see cref="MaxFields"/>.</summary>
    public bool IsComplete { get; }

    /// <summary>Whether a line that belongs to no field ended the header.</summary>
    public bool HasMalformedLines { get; }

    /// <summary>Reads the header of a message. The octets are copied only where the header lies in several segments.</summary>
    /// <param name="content">Header and body.</param>
    public static MessageHeader Read(ReadOnlySequence<byte> content)
    {
        var (length, bodyStart, isComplete, isBroken) = FindEnd(content);
        var section = content.Slice(0, length);
        var octets = section.IsSingleSegment ? section.First : section.ToArray();
        return new MessageHeader(octets, isComplete ? content.Slice(bodyStart) : default, isComplete, isBroken);
    }

    /// <inheritdoc cref="Read(ReadOnlySequence{byte})"/>
    public static MessageHeader Read(ReadOnlyMemory<byte> content) => Read(new ReadOnlySequence<byte>(content));

    /// <summary>The fields with a name, from top to bottom. Case is ignored.</summary>
    public IReadOnlyList<HeaderField> Named(string name) => _byName.TryGetValue(name, out var list) ? list : None;

    /// <summary>All octets of a field, with its line ends.</summary>
    public ReadOnlySpan<byte> Octets(HeaderField field) => _octets.Span[field.Start..field.End];

    /// <summary>The octets of the value of a field, with its line ends.</summary>
    public ReadOnlySpan<byte> Value(HeaderField field) => _octets.Span[field.ValueStart..field.End];

    /// <summary>
    /// The value of a field without its line ends and without white space around it (RFC 5322 section 2.2.3), read as UTF-8; octets of
    /// invalid UTF-8 become replacement characters.
    /// </summary>
    public string Text(HeaderField field)
    {
        var value = Value(field);
        var text = Encoding.UTF8.GetString(value);
        return value.IndexOf((byte)'\n') < 0 ? text.Trim(' ', '\t')
            : text.Replace("\r\n", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal).Trim(' ', '\t');
    }

    private static (long Length, long BodyStart, bool IsComplete, bool IsBroken) FindEnd(ReadOnlySequence<byte> content)
    {
        var reader = new SequenceReader<byte>(content);
        while (reader.Consumed <= MaxOctets)
        {
            var start = reader.Consumed;
            if (reader.IsNext((byte)'\n')) return (start, start + 1, true, false);
            if (reader.IsNext("\r\n"u8)) return (start, start + 2, true, false);
            if (reader.End) return (start, start, true, false);
            if (!reader.TryReadTo(out ReadOnlySequence<byte> line, (byte)'\n'))
            {
                line = reader.UnreadSequence;
                reader.AdvanceToEnd();
            }

            if (!(start > 0 && HeaderLine.Continues(line.FirstSpan[0])) && !HeaderLine.BeginsField(line)) return (start, start, true, true);
        }

        return (0, 0, false, false);
    }

    private static HeaderField Parse(ReadOnlySpan<byte> octets, int start)
    {
        var name = start;
        while (octets[name] is not ((byte)':' or (byte)' ' or (byte)'\t')) name++;
        var colon = name + octets[name..].IndexOf((byte)':');
        var end = start;
        do
        {
            var length = octets[end..].IndexOf((byte)'\n');
            end = length < 0 ? octets.Length : end + length + 1;
        }
        while (end < octets.Length && HeaderLine.Continues(octets[end]));

        return new HeaderField(start, name, colon + 1, end);
    }
}
