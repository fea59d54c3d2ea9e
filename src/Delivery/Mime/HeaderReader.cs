using System.Buffers;
using System.Text;

namespace Postfleet.Delivery.Mime;

/// <summary>A header field as offsets into the content: name, colon, and value including continuation lines.</summary>
internal readonly record struct HeaderField(int Start, int NameEnd, int ValueStart, int End)
{
    /// <summary>Whether the field has a given name, ignoring case.</summary>
    public bool Is(ReadOnlySpan<byte> content, string name) => Ascii.EqualsIgnoreCase(content[Start..NameEnd], name);

    /// <summary>The value, including its line ends.</summary>
    public ReadOnlySpan<byte> Value(ReadOnlySpan<byte> content) => content[ValueStart..End];
}

/// <summary>
/// Reads headers of messages and parts. Tolerant: a line other than a field ends the header, as an empty line and a boundary do. Only
/// offsets are kept, so a header of any size uses no memory. Pure.
/// </summary>
internal static class HeaderReader
{
    // Longer values are not genuine media types; the rest is ignored.
    private const int MaxType = 8 * 1024;

    private static readonly SearchValues<byte> WordEnds = SearchValues.Create(" \t\r\n(;"u8);

    /// <summary>Reads the header at an offset.</summary>
    public static EntityHeader Read(ReadOnlySpan<byte> content, int start, Boundaries boundaries, bool isInDigest)
    {
        var hasMimeVersion = false;
        HeaderField? type = null, encoding = null;
        var at = start;
        while (ReadField(content, at, boundaries) is { } field)
        {
            if (type is null && field.Is(content, "Content-Type")) type = field;
            if (encoding is null && field.Is(content, "Content-Transfer-Encoding")) encoding = field;
            if (field.Is(content, "MIME-Version")) hasMimeVersion = true;
            at = field.End;
        }

        var rest = content[at..];
        var header = new EntityHeader
        {
            Start = start,
            FieldsEnd = at,
            BodyStart = at + (rest.StartsWith("\r\n"u8) ? 2 : rest.StartsWith("\n"u8) ? 1 : 0),
            Encoding = encoding is { } place ? ReadEncoding(place.Value(content)) : EntityEncoding.SevenBit,
            HasMimeVersion = hasMimeVersion,
        };
        var value = type is { } typed ? typed.Value(content) : default;
        return header.WithType(value[..Math.Min(value.Length, MaxType)], isInDigest);
    }

    /// <summary>The field at an offset; null at the end of the header.</summary>
    public static HeaderField? ReadField(ReadOnlySpan<byte> content, int start, Boundaries boundaries)
    {
        var line = content[start..];
        var name = 0;
        while (name < line.Length && line[name] is > 32 and < 127 and not (byte)':') name++;
        var colon = name;
        while (colon < line.Length && line[colon] is (byte)' ' or (byte)'\t') colon++;
        if (name == 0 || colon == line.Length || line[colon] != ':' || boundaries.Match(line).Index >= 0) return null;
        var end = start;
        do end = LineEnd(content, end);
        while (end < content.Length && content[end] is (byte)' ' or (byte)'\t');
        return new HeaderField(start, start + name, start + colon + 1, end);
    }

    /// <summary>The offset of the next line.</summary>
    public static int LineEnd(ReadOnlySpan<byte> content, int start)
    {
        var end = content[start..].IndexOf((byte)'\n');
        return end < 0 ? content.Length : start + end + 1;
    }

    private static EntityEncoding ReadEncoding(ReadOnlySpan<byte> value)
    {
        var word = value.Trim(" \t\r\n"u8);
        var end = word.IndexOfAny(WordEnds);
        if (end >= 0) word = word[..end];
        if (Ascii.EqualsIgnoreCase(word, "quoted-printable"u8)) return EntityEncoding.QuotedPrintable;
        if (Ascii.EqualsIgnoreCase(word, "base64"u8)) return EntityEncoding.Base64;
        return Ascii.EqualsIgnoreCase(word, "8bit"u8) || Ascii.EqualsIgnoreCase(word, "binary"u8) ? EntityEncoding.EightBit
            : EntityEncoding.SevenBit;
    }
}
