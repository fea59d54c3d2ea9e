using System.Buffers;
using System.Buffers.Text;

namespace Postfleet.Delivery.Mime;

/// <summary>Writes base64 in lines of 76 octets (RFC 2045 section 6.8), piece by piece. The last line has no CRLF.</summary>
/// <param name="isEncoded">Whether the text is base64 already: then what is none of its octets is dropped, as readers do, and the rest
/// goes into new lines.</param>
internal sealed class Base64Lines(bool isEncoded)
{
    private const int LineOctets = 57;
    private const int Line = 76;

    /// <summary>Least room for output: a line and its end.</summary>
    public const int MinRoom = Line + 2;

    private static readonly SearchValues<byte> Alphabet = SearchValues
        .Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="u8);

    private int _column;

    /// <summary>Encodes as much as there is room for.</summary>
    /// <returns>How much of the text was read, and how much was written.</returns>
    public (int Read, int Written) Encode(ReadOnlySpan<byte> text, Span<byte> output)
    {
        var (read, written) = (0, 0);
        while (read < text.Length && written + MinRoom <= output.Length)
        {
            if (isEncoded && !Alphabet.Contains(text[read]))
            {
                read++;
                continue;
            }

            if (_column == Line)
            {
                "\r\n"u8.CopyTo(output[written..]);
                (_column, written) = (0, written + 2);
            }

            if (isEncoded)
            {
                output[written++] = text[read++];
                _column++;
                continue;
            }

            var piece = text.Slice(read, Math.Min(LineOctets, text.Length - read));
            Base64.EncodeToUtf8(piece, output[written..], out _, out var length);
            (_column, read, written) = (Line, read + piece.Length, written + length);
        }

        return (read, written);
    }

    /// <summary>How long the encoded text is, with its line ends.</summary>
    public static long Length(int octets) => (octets + 2L) / 3 * 4 * (Line + 2) / Line;
}
