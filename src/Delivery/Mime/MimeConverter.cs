using System.Text;
using System.Text.Unicode;

namespace Postfleet.Delivery.Mime;

/// <summary>What content is to be afterwards.</summary>
/// <param name="SevenBit">Whether no octet above 127 may be left outside of header fields.</param>
/// <param name="ShortLines">Whether no line may be longer than <see cref="LongLines.Max"/>.</param>
internal readonly record struct ConversionNeeds(bool SevenBit, bool ShortLines);

/// <summary>Why content cannot be converted.</summary>
internal enum Obstacle
{
    None,

    /// <summary>An entity that must be changed may not be encoded.</summary>
    Fixed,

    /// <summary>It has more parts than are looked at, or they are nested too deep.</summary>
    TooComplex,

    /// <summary>What must be changed is covered by a signature.</summary>
    Signed,
}

/// <summary>
/// Makes content of 7 bits and of short lines (RFC 6152 section 3, RFC 2045 section 6) in one pass; its memory does not grow with the
/// content. Only leaves that
/// need it are encoded, as quoted-printable, or as base64 where that is shorter and the leaf is not tiny; all other octets stay as they
/// are. Octets above 127 in
/// header fields stay too, since which encoding is allowed depends on the field. A conversion serves once.
/// </summary>
/// <param name="content">The content, with CRLF line ends.</param>
/// <param name="needs">What it is to be afterwards.</param>
/// <param name="keepsSigned">Whether what a multipart/signed covers must stay as it is (RFC 1847 section 2.1).</param>
internal sealed class MimeConverter(ReadOnlyMemory<byte> content, ConversionNeeds needs, bool keepsSigned)
{
    /// <summary>Most parts and messages that are looked at.</summary>
    public const int MaxEntities = 10_000;

    private const int Room = 8 * 1024;
    private const int LeastBase64 = 256;

    private static readonly Boundaries None = new();
    private static readonly byte[] LineEnd = [.. "\r\n"u8];
    private static readonly byte[] Fold = [.. "\r\n "u8];

    private readonly Boundaries _open = new();
    private readonly byte[] _room = new byte[Room];
    private int _copied;

    /// <summary>Why the pieces ended too early; known once they have ended.</summary>
    public Obstacle Obstacle { get; private set; }

    /// <summary>How long the converted content is, and what stands in its way.</summary>
    public static (long Length, Obstacle Obstacle) Measure(ReadOnlyMemory<byte> content, ConversionNeeds needs, bool keepsSigned)
    {
        var converter = new MimeConverter(content, needs, keepsSigned);
        var length = converter.Pieces().Sum(piece => (long)piece.Length);
        return (length, converter.Obstacle);
    }

    /// <summary>The converted content. Each piece holds until the next one is asked for.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Pieces()
    {
        var (at, isMessage) = (0, true);
        for (var entities = 0; ; entities++)
        {
            if (entities == MaxEntities) Obstacle = Obstacle.TooComplex;
            var header = HeaderReader.Read(content.Span, at, _open, isInDigest: !isMessage && _open.IsInDigest);
            var isCovered = keepsSigned && _open.IsInSigned;
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

            if (header.Kind == EntityKind.Multipart && !_open.TryOpen(header.Multipart)) Obstacle = Obstacle.TooComplex;
            if (Obstacle != Obstacle.None) yield break;
            var line = _open.Find(content.Span, header.BodyStart);
            var body = header.Kind == EntityKind.Multipart
                ? Unread(header.BodyStart, line, isCovered, isKnown: _open.IsInnermost(line))
                : Leaf(header, BodyEnd(header.BodyStart, line), isMessage, isCovered);
            foreach (var piece in body) yield return piece;

            // Behind the end of a multipart is text that nobody reads, up to the next boundary of a multipart around it.
            while (Obstacle == Obstacle.None && line is { Index: >= 0, IsClosing: true })
            {
                _open.Return(line);
                var start = line.After;
                line = _open.Find(content.Span, start);
                foreach (var piece in Unread(start, line, keepsSigned && _open.IsInSigned, isKnown: true)) yield return piece;
            }

            if (Obstacle != Obstacle.None) yield break;
            if (line.Index < 0) break;
            _open.Return(line);
            (at, isMessage) = (line.After, false);
        }

        if (Kept(content.Length) is { IsEmpty: false } rest) yield return rest;
    }

    private IEnumerable<ReadOnlyMemory<byte>> Leaf(EntityHeader header, int end, bool isMessage, bool isCovered)
    {
        var body = content[header.BodyStart..end];
        if (!Breaks(body.Span))
        {
            foreach (var piece in Header(header, "", "", isCovered)) yield return piece;
            yield break;
        }

        Obstacle = header.Kind == EntityKind.Fixed ? Obstacle.Fixed : isCovered ? Obstacle.Signed : Obstacle.None;
        if (Obstacle != Obstacle.None) yield break;
        var isEncoded = header.Encoding is EntityEncoding.QuotedPrintable or EntityEncoding.Base64;
        var isBase64 = isEncoded ? header.Encoding == EntityEncoding.Base64 : IsBase64Better(body.Span);
        var name = isEncoded ? "" : isBase64 ? "base64" : "quoted-printable";
        foreach (var piece in Header(header, name, isMessage && !isEncoded ? Labels(header, body.Span) : "", isCovered)) yield return piece;
        if (Kept(header.BodyStart) is { IsEmpty: false } kept) yield return kept;
        if (!isEncoded && !header.HasEmptyLine) yield return LineEnd;
        var (quoted, lines, left) = (new QuotedPrintable(isEncoded), new Base64Lines(isEncoded), body);
        while (!left.IsEmpty)
        {
            var (read, written) = isBase64 ? lines.Encode(left.Span, _room) : quoted.Encode(left.Span, _room);
            left = left[read..];
            yield return _room.AsMemory(0, written);
        }

        if (isBase64 && end == content.Length) yield return LineEnd;
        _copied = end;
    }

    private IEnumerable<ReadOnlyMemory<byte>> Header(EntityHeader header, string encoding, string labels, bool isCovered)
    {
        var isLong = needs.ShortLines && LongLines.Any(content.Span[header.Start..header.FieldsEnd]);
        if (isLong && isCovered) Obstacle = Obstacle.Signed;
        if ((encoding.Length == 0 && !isLong) || Obstacle != Obstacle.None) yield break;
        var isWritten = encoding.Length == 0;
        for (var at = header.Start; at < header.FieldsEnd;)
        {
            var field = HeaderReader.ReadField(content.Span, at, None)!.Value;
            at = field.End;
            if (encoding.Length > 0 && field.Is(content.Span, "Content-Transfer-Encoding"))
            {
                if (Kept(field.Start) is { IsEmpty: false } before) yield return before;
                if (!isWritten) yield return EncodingField(encoding);
                (isWritten, _copied) = (true, field.End);
            }
            else if (isLong)
            {
                foreach (var piece in Folded(field)) yield return piece;
            }
        }

        if (isWritten && labels.Length == 0) yield break;
        if (Kept(header.FieldsEnd) is { IsEmpty: false } fields) yield return fields;
        if (labels.Length > 0) yield return Encoding.ASCII.GetBytes(labels);
        if (!isWritten) yield return EncodingField(encoding);
    }

    private IEnumerable<ReadOnlyMemory<byte>> Folded(FieldPlace field)
    {
        for (var (line, next) = (field.Start, 0); line < field.End; line = next)
        {
            next = HeaderReader.LineEnd(content.Span, line);
            var end = line + content.Span[line..next].TrimEnd("\r\n"u8).Length;
            var (least, most) = (0, LongLines.Max);
            if (end - line > most) least = HeaderFolder.Least(content.Span[line..end]);
            while (end - line > most)
            {
                line += HeaderFolder.Fold(content.Span[line..end], least, most);
                yield return Kept(line);
                var isBlank = content.Span[line] is (byte)' ' or (byte)'\t';
                yield return isBlank ? LineEnd : Fold;
                (least, most) = (0, isBlank ? LongLines.Max : LongLines.Max - 1);
            }
        }
    }

    // Text before the first part and behind the last is ignored by readers (RFC 2046 section 5.1.1), and has no encoding.
    private IEnumerable<ReadOnlyMemory<byte>> Unread(int start, BoundaryLine line, bool isCovered, bool isKnown)
    {
        var end = BodyEnd(start, line);
        if (!Breaks(content.Span[start..end])) yield break;
        // Where the boundary that was announced does not come, it is the text that is read.
        Obstacle = !isKnown ? Obstacle.Fixed : isCovered ? Obstacle.Signed : Obstacle.None;
        if (Obstacle != Obstacle.None) yield break;
        if (Kept(start) is { IsEmpty: false } kept) yield return kept;
        var column = 0;
        for (var at = start; at < end;)
        {
            var (read, written) = Mask(content.Span[at..end], ref column);
            at += read;
            yield return _room.AsMemory(0, written);
        }

        _copied = end;
    }

    private (int Read, int Written) Mask(ReadOnlySpan<byte> text, ref int column)
    {
        var (read, written) = (0, 0);
        for (; read < text.Length && written + Fold.Length < Room; read++)
        {
            var octet = text[read];
            if (needs.ShortLines && column >= LongLines.Max && octet is not ((byte)'\r' or (byte)'\n'))
            {
                Fold.CopyTo(_room, written);
                (column, written) = (1, written + Fold.Length);
            }

            _room[written++] = needs.SevenBit && octet > 127 ? (byte)'?' : octet;
            column = octet == '\n' ? 0 : column + 1;
        }

        return (read, written);
    }

    // What has not been written yet of what stays as it is.
    private ReadOnlyMemory<byte> Kept(int end)
    {
        var kept = content[_copied..end];
        _copied = end;
        return kept;
    }

    private bool Breaks(ReadOnlySpan<byte> text) => (needs.SevenBit && !Ascii.IsValid(text)) || (needs.ShortLines && LongLines.Any(text));

    // The line end before a boundary belongs to the boundary.
    private int BodyEnd(int start, BoundaryLine line)
    {
        if (line.Index < 0) return line.Start;
        return line.Start - (content.Span[start..line.Start].EndsWith("\r\n"u8) ? 2 : 0);
    }

    // Text without a label that is valid UTF-8 is nothing else, in all likelihood; for the rest RFC 1428 has a name.
    private static string Labels(EntityHeader header, ReadOnlySpan<byte> body)
    {
        var charset = Ascii.IsValid(body) ? "us-ascii" : Utf8.IsValid(body) ? "utf-8" : "unknown-8bit";
        var type = header.HasContentType ? "" : $"Content-Type: text/plain; charset={charset}\r\n";
        return header.HasMimeVersion ? type : $"MIME-Version: 1.0\r\n{type}";
    }

    // Quoted-printable can be read by people, which counts for more where there is little of it.
    private static bool IsBase64Better(ReadOnlySpan<byte> text)
    {
        if (text.Length < LeastBase64) return false;
        var quoted = text.Length + (2L * QuotedPrintable.CountEscapes(text));
        return Base64Lines.Length(text.Length) < quoted + (quoted / 25);
    }

    private static byte[] EncodingField(string encoding) => Encoding.ASCII.GetBytes($"Content-Transfer-Encoding: {encoding}\r\n");
}
