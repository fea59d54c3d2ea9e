namespace Postfleet.Delivery.Mime;

/// <summary>
/// Encodes quoted-printable (RFC 2045 section 6.7), incrementally. CRLF remains a line end. A soft line break never produces a line that
/// begins with two dashes, since readers would take it for a boundary. One instance for each body.
/// </summary>
/// <param name="isEncoded">
/// Whether the text is quoted-printable already and only violates its limits. The decoded text then stays the same; only octets above 127
/// and lines longer than 998 octets are changed.
/// </param>
internal sealed class QuotedPrintable(bool isEncoded)
{
    /// <summary>The minimum size of an output buffer; each step writes fewer octets.</summary>
    public const int MinOutput = 8;

    private readonly int _max = isEncoded ? LongLines.Max : 76;
    private int _column;
    private bool _isContinued;

    /// <summary>Encodes as much text as fits into the output.</summary>
    /// <returns>The number of octets read and the number of octets written.</returns>
    public (int Read, int Written) Encode(ReadOnlySpan<byte> text, Span<byte> output)
    {
        var (read, written) = (0, 0);
        while (read < text.Length && written + MinOutput <= output.Length)
        {
            var rest = text[read..];
            if (IsLineEnd(rest))
            {
                "\r\n"u8.CopyTo(output[written..]);
                (_column, _isContinued, read, written) = (0, false, read + 2, written + 2);
                continue;
            }

            if (isEncoded && rest[0] == '=' && IsLineEnd(rest[1..]))
            {
                output[written++] = (byte)'=';
                (_column, read) = (_column + 1, read + 1);
                continue;
            }

            var isEscape = isEncoded && rest is [(byte)'=', _, _, ..] && IsHex(rest[1]) && IsHex(rest[2]);
            var isPlain = !isEscape && IsPlain(rest);
            var (size, used) = (isPlain ? 1 : 3, isEscape ? 3 : 1);
            if (_column + size > _max - (IsEnd(rest[used..]) ? 0 : 1))
            {
                "=\r\n"u8.CopyTo(output[written..]);
                (_column, _isContinued, written) = (0, true, written + 3);
                continue;
            }

            if (isPlain) output[written] = rest[0];
            else if (isEscape) rest[..3].CopyTo(output[written..]);
            else Escape(rest[0], output[written..]);
            (_column, read, written) = (_column + size, read + used, written + size);
        }

        return (read, written);
    }

    /// <summary>The number of octets of a text written as three characters.</summary>
    public static int CountEscapes(ReadOnlySpan<byte> text)
    {
        var count = 0;
        foreach (var octet in text) if (octet is > 126 or (< 32 and not ((byte)'\t' or (byte)'\r' or (byte)'\n')) or (byte)'=') count++;
        return count;
    }

    private bool IsPlain(ReadOnlySpan<byte> rest)
    {
        var octet = rest[0];
        if (octet == '-' && _isContinued && _column == 0) return false;
        if (isEncoded) return octet < 128;
        return octet is (byte)' ' or (byte)'\t' ? !IsEnd(rest[1..]) : octet is > 32 and < 127 and not (byte)'=';
    }

    private static bool IsEnd(ReadOnlySpan<byte> rest) => rest.IsEmpty || IsLineEnd(rest);

    private static bool IsLineEnd(ReadOnlySpan<byte> rest) => rest.StartsWith("\r\n"u8);

    private static bool IsHex(byte octet) => char.IsAsciiHexDigit((char)octet);

    private static void Escape(byte octet, Span<byte> output)
    {
        output[0] = (byte)'=';
        output[1] = "0123456789ABCDEF"u8[octet >> 4];
        output[2] = "0123456789ABCDEF"u8[octet & 15];
    }
}
