using System.Text;
using System.Text.Unicode;

namespace Postfleet.Delivery.Mime;

/// <summary>The required properties of converted content.</summary>
/// <param name="SevenBit">Whether no octet above 127 may remain outside header fields.</param>
/// <param name="ShortLines">Whether no line may be longer than <see cref="LongLines.Max"/>.</param>
internal readonly record struct ConversionNeeds(bool SevenBit, bool ShortLines);

/// <summary>Why content cannot be converted.</summary>
internal enum Obstacle
{
    None,

    /// <summary>An entity needs encoding and must not be encoded.</summary>
    Fixed,

    /// <summary>The content has too many parts, or its nesting is too deep.</summary>
    TooComplex,

    /// <summary>A signature covers text to be changed.</summary>
    Signed,
}

/// <summary>
/// Converts content to 7 bits and short lines (RFC 6152 section 3, RFC 2045 section 6) in one pass; its memory does not grow with the
/// content. Only leaf entities that need it are encoded: as quoted-printable, or as base64 if that is shorter and the entity is not tiny.
/// All other octets stay unchanged, including octets above 127 in header fields, since the allowed encoding depends on the field. One
/// instance for each conversion, used by one caller.
/// </summary>
/// <param name="content">The content, with CRLF line ends.</param>
/// <param name="needs">The required properties of the result.</param>
/// <param name="keepsSigned">Whether text covered by a multipart/signed must stay unchanged (RFC 1847 section 2.1).</param>
internal sealed class MimeConverter(ReadOnlyMemory<byte> content, ConversionNeeds needs, bool keepsSigned)
{
    /// <summary>The maximum number of parts and messages examined.</summary>
    public const int MaxEntities = 10_000;

    private const int BufferSize = 8 * 1024;
    private const int MinBase64Body = 256;

    private static readonly Boundaries NoBoundaries = new();
    private static readonly byte[] LineEnd = [.. "\r\n"u8];
    private static readonly byte[] Fold = [.. "\r\n "u8];

    private readonly Boundaries _enclosing = new();
    private readonly byte[] _buffer = new byte[BufferSize];
    private int _copied;

    /// <summary>Why the pieces ended early; known after the last piece.</summary>
    public Obstacle Obstacle { get; private set; }

    /// <summary>The length of the converted content, and the obstacle to the conversion if there is one.</summary>
    public static (long Length, Obstacle Obstacle) Measure(ReadOnlyMemory<byte> content, ConversionNeeds needs, bool keepsSigned)
    {
        var converter = new MimeConverter(content, needs, keepsSigned);
        var length = converter.Pieces().Sum(piece => (long)piece.Length);
        return (length, converter.Obstacle);
    }

    /// <summary>The converted content. A piece is valid until the next piece is requested.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Pieces()
    {
        var (at, isMessage) = (0, true);
        for (var entities = 0; ; entities++)
        {
            if (entities == MaxEntities) Obstacle = Obstacle.TooComplex;
            var header = HeaderReader.Read(content.Span, at, _enclosing, isInDigest: !isMessage && _enclosing.IsInDigest);
            var isCovered = keepsSigned && _enclosing.IsInSigned;
            if (header.Kind is EntityKind.Message or EntityKind.Multipart)
            {
                var encoding = needs.SevenBit && !isCovered && header.Encoding == EntityEncoding.EightBit ? "7bit" : "";
                foreach (var piece in Header(header, encoding, "", isCovered)) yield return piece;
            }

            if (header.Kind == EntityKind.Message && Obstacle == Obstacle.None)
            {
                (at, isMessage) = (header.BodyStart, true);
                continue;
            }

            if (header.Kind == EntityKind.Multipart && !_enclosing.TryOpen(header.Multipart)) Obstacle = Obstacle.TooComplex;
            if (Obstacle != Obstacle.None) yield break;
            var line = _enclosing.Find(content.Span, header.BodyStart);
            var body = header.Kind == EntityKind.Multipart
                ? IgnoredText(header.BodyStart, line, isCovered, isKnown: _enclosing.IsInnermost(line))
                : Leaf(header, BodyEnd(header.BodyStart, line), isMessage, isCovered);
            foreach (var piece in body) yield return piece;

            // Text after the closing boundary of a multipart is not displayed, up to the next boundary of an enclosing multipart.
            while (Obstacle == Obstacle.None && line is { Index: >= 0, IsClosing: true })
            {
                _enclosing.LeaveTo(line);
                var start = line.After;
                line = _enclosing.Find(content.Span, start);
                foreach (var piece in IgnoredText(start, line, keepsSigned && _enclosing.IsInSigned, isKnown: true)) yield return piece;
            }

            if (Obstacle != Obstacle.None) yield break;
            if (line.Index < 0) break;
            _enclosing.LeaveTo(line);
            (at, isMessage) = (line.After, false);
        }

        if (UnchangedUntil(content.Length) is { IsEmpty: false } rest) yield return rest;
    }

    private IEnumerable<ReadOnlyMemory<byte>> Leaf(EntityHeader header, int end, bool isMessage, bool isCovered)
    {
        var body = content[header.BodyStart..end];
        if (!NeedsConversion(body.Span))
        {
            foreach (var piece in Header(header, "", "", isCovered)) yield return piece;
            yield break;
        }

        Obstacle = header.Kind == EntityKind.Fixed ? Obstacle.Fixed : isCovered ? Obstacle.Signed : Obstacle.None;
        if (Obstacle != Obstacle.None) yield break;
        var isEncoded = header.Encoding is EntityEncoding.QuotedPrintable or EntityEncoding.Base64;
        var isBase64 = isEncoded ? header.Encoding == EntityEncoding.Base64 : IsBase64Better(body.Span);
        var name = isEncoded ? "" : isBase64 ? "base64" : "quoted-printable";
        foreach (var piece in Header(header, name, isMessage && !isEncoded ? MimeFields(header, body.Span) : "", isCovered))
            yield return piece;
        if (UnchangedUntil(header.BodyStart) is { IsEmpty: false } kept) yield return kept;
        if (!isEncoded && !header.HasEmptyLine) yield return LineEnd;
        var (quoted, lines, left) = (new QuotedPrintable(isEncoded), new Base64Lines(isEncoded), body);
        while (!left.IsEmpty)
        {
            var (read, written) = isBase64 ? lines.Encode(left.Span, _buffer) : quoted.Encode(left.Span, _buffer);
            left = left[read..];
            yield return _buffer.AsMemory(0, written);
        }

        if (isBase64 && end == content.Length) yield return LineEnd;
        _copied = end;
    }

    private IEnumerable<ReadOnlyMemory<byte>> Header(EntityHeader header, string encoding, string mimeFields, bool isCovered)
    {
        var isLong = needs.ShortLines && LongLines.Any(content.Span[header.Start..header.FieldsEnd]);
        if (isLong && isCovered) Obstacle = Obstacle.Signed;
        if ((encoding.Length == 0 && !isLong) || Obstacle != Obstacle.None) yield break;
        var isWritten = encoding.Length == 0;
        for (var at = header.Start; at < header.FieldsEnd;)
        {
            var field = HeaderReader.ReadField(content.Span, at, NoBoundaries)!.Value;
            at = field.End;
            if (encoding.Length > 0 && field.Is(content.Span, "Content-Transfer-Encoding"))
            {
                if (UnchangedUntil(field.Start) is { IsEmpty: false } before) yield return before;
                if (!isWritten) yield return EncodingField(encoding);
                (isWritten, _copied) = (true, field.End);
            }
            else if (isLong)
            {
                foreach (var piece in Folded(field)) yield return piece;
            }
        }

        if (isWritten && mimeFields.Length == 0) yield break;
        if (UnchangedUntil(header.FieldsEnd) is { IsEmpty: false } fields) yield return fields;
        if (mimeFields.Length > 0) yield return Encoding.ASCII.GetBytes(mimeFields);
        if (!isWritten) yield return EncodingField(encoding);
    }

    private IEnumerable<ReadOnlyMemory<byte>> Folded(HeaderField field)
    {
        for (var (line, next) = (field.Start, 0); line < field.End; line = next)
        {
            next = HeaderReader.LineEnd(content.Span, line);
            var end = line + content.Span[line..next].TrimEnd("\r\n"u8).Length;
            var (min, max) = (0, LongLines.Max);
            if (end - line > max) min = HeaderFolder.MinFold(content.Span[line..end]);
            while (end - line > max)
            {
                line += HeaderFolder.Fold(content.Span[line..end], min, max);
                yield return UnchangedUntil(line);
                var isBlank = content.Span[line] is (byte)' ' or (byte)'\t';
                yield return isBlank ? LineEnd : Fold;
                (min, max) = (0, isBlank ? LongLines.Max : LongLines.Max - 1);
            }
        }
    }

    // The preamble and the epilogue of a multipart are ignored by readers (RFC 2046 section 5.1.1) and have no encoding.
    private IEnumerable<ReadOnlyMemory<byte>> IgnoredText(int start, BoundaryLine line, bool isCovered, bool isKnown)
    {
        var end = BodyEnd(start, line);
        if (!NeedsConversion(content.Span[start..end])) yield break;
        // If the announced boundary is missing, readers display this text.
        Obstacle = !isKnown ? Obstacle.Fixed : isCovered ? Obstacle.Signed : Obstacle.None;
        if (Obstacle != Obstacle.None) yield break;
        if (UnchangedUntil(start) is { IsEmpty: false } kept) yield return kept;
        var encoder = new IgnoredTextEncoder(needs);
        for (var at = start; at < end;)
        {
            var (read, written) = encoder.Encode(content.Span[at..end], _buffer);
            at += read;
            yield return _buffer.AsMemory(0, written);
        }

        _copied = end;
    }

    // The unchanged octets not emitted yet, up to an offset.
    private ReadOnlyMemory<byte> UnchangedUntil(int end)
    {
        var kept = content[_copied..end];
        _copied = end;
        return kept;
    }

    private bool NeedsConversion(ReadOnlySpan<byte> text) =>
        (needs.SevenBit && !Ascii.IsValid(text)) || (needs.ShortLines && LongLines.Any(text));

    // The line end before a boundary belongs to the boundary.
    private int BodyEnd(int start, BoundaryLine line)
    {
        if (line.Index < 0) return line.Start;
        return line.Start - (content.Span[start..line.Start].EndsWith("\r\n"u8) ? 2 : 0);
    }

    // Unlabelled valid UTF-8 text is almost certainly UTF-8; RFC 1428 defines a name for other text.
    private static string MimeFields(EntityHeader header, ReadOnlySpan<byte> body)
    {
        var charset = Ascii.IsValid(body) ? "us-ascii" : Utf8.IsValid(body) ? "utf-8" : "unknown-8bit";
        var type = header.HasContentType ? "" : $"Content-Type: text/plain; charset={charset}\r\n";
        return header.HasMimeVersion ? type : $"MIME-Version: 1.0\r\n{type}";
    }

    // Quoted-printable is legible to people, which counts for more in a short body.
    private static bool IsBase64Better(ReadOnlySpan<byte> text)
    {
        if (text.Length < MinBase64Body) return false;
        var quoted = text.Length + (2L * QuotedPrintable.CountEscapes(text));
        return Base64Lines.Length(text.Length) < quoted + (quoted / 25);
    }

    private static byte[] EncodingField(string encoding) => Encoding.ASCII.GetBytes($"Content-Transfer-Encoding: {encoding}\r\n");
}
