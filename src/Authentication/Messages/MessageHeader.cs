using System.Buffers;
using System.Collections.Immutable;
using System.Text;

namespace Postfleet.Authentication.Messages;

/// <summary>
/// The header section of a message (RFC 5322 section 2.2) in its original octets, as DKIM, ARC, DMARC and Authentication-Results read it.
/// The header ends at the first empty line. A line ends with CRLF or with a lone LF. Lines that belong to no field are skipped and
/// reported. Immutable, and bounded: a longer header is cut, and <see cref="IsComplete"/> is false. Pure.
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

    private MessageHeader(ReadOnlyMemory<byte> octets, ReadOnlySequence<byte> body, bool isComplete)
    {
        _octets = octets;
        Body = body;
        var fields = ImmutableArray.CreateBuilder<HeaderField>();
        var isCut = false;
        for (var at = 0; at < octets.Length;)
        {
            if (fields.Count == MaxFields)
            {
                isCut = true;
                break;
            }

            if (Parse(octets.Span, at, out var field))
            {
                fields.Add(field);
                var name = Encoding.ASCII.GetString(octets.Span[field.Start..field.NameEnd]);
                if (!_byName.TryGetValue(name, out var list)) _byName.Add(name, list = []);
                list.Add(field);
            }
            else
            {
                HasMalformedLines = true;
            }

            at = field.End;
        }

        Fields = fields.ToImmutable();
        IsComplete = isComplete && !isCut;
    }

    /// <summary>The fields, from top to bottom.</summary>
    public ImmutableArray<HeaderField> Fields { get; }

    /// <summary>The octets behind the empty line that ends the header; empty if there is none.</summary>
    public ReadOnlySequence<byte> Body { get; }

    /// <summary>Whether the whole header was read; false if it exceeds <see cref="MaxOctets"/> or <see cref="MaxFields"/>.</summary>
    public bool IsComplete { get; }

    /// <summary>Whether the header has lines that belong to no field.</summary>
    public bool HasMalformedLines { get; }

    /// <summary>Reads the header of a message. The octets are copied only where the header lies in several segments.</summary>
    /// <param name="content">Header and body.</param>
    public static MessageHeader Read(ReadOnlySequence<byte> content)
    {
        var (length, bodyStart, isComplete) = FindEnd(content);
        var section = content.Slice(0, length);
        var octets = section.IsSingleSegment ? section.First : section.ToArray();
        return new MessageHeader(octets, isComplete ? content.Slice(bodyStart) : default, isComplete);
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

    private static (long Length, long BodyStart, bool IsComplete) FindEnd(ReadOnlySequence<byte> content)
    {
        var reader = new SequenceReader<byte>(content);
        while (reader.Consumed <= MaxOctets)
        {
            if (reader.IsNext((byte)'\n')) return (reader.Consumed, reader.Consumed + 1, true);
            if (reader.IsNext("\r\n"u8)) return (reader.Consumed, reader.Consumed + 2, true);
            if (reader.TryAdvanceTo((byte)'\n')) continue;
            return content.Length <= MaxOctets ? (content.Length, content.Length, true) : (0, 0, false);
        }

        return (0, 0, false);
    }

    // Reads the field at an offset. Without a colon, the result has the end of the malformed line with the lines that continue it.
    private static bool Parse(ReadOnlySpan<byte> octets, int start, out HeaderField field)
    {
        var name = start;
        while (name < octets.Length && octets[name] is > 32 and < 127 and not (byte)':') name++;
        var colon = name;
        while (colon < octets.Length && octets[colon] is (byte)' ' or (byte)'\t') colon++;
        var end = start;
        do
        {
            var length = octets[end..].IndexOf((byte)'\n');
            end = length < 0 ? octets.Length : end + length + 1;
        }
        while (end < octets.Length && octets[end] is (byte)' ' or (byte)'\t');

        var isField = name > start && colon < octets.Length && octets[colon] == ':';
        field = new HeaderField(start, name, isField ? colon + 1 : end, end);
        return isField;
    }
}
