using System.Buffers;
using System.Buffers.Text;

namespace Postfleet.Delivery.Mime;

/// <summary>
/// Encodes base64 in lines of 76 characters (RFC 2045 section 6.8), incrementally. The last line has no CRLF. One instance for each body.
/// </summary>
/// <param name="isEncoded">
/// Whether the text is base64 already. Octets outside the alphabet are then dropped, as decoders do, and the rest is wrapped again.
/// </param>
internal sealed class Base64Lines(bool isEncoded)
{
    private const int LineOctets = 57;
    private const int Line = 76;

    /// <summary>The minimum size of an output buffer: a line and its CRLF.</summary>
    public const int MinOutput = Line + 2;

    private static readonly SearchValues<byte> Alphabet = SearchValues
        .Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="u8);

    private int _column;

    /// <summary>Encodes as much text as fits into the output.</summary>
    /// <returns>The number of octets read and the number of octets written.</returns>
    public (int Read, int Written) Encode(ReadOnlySpan<byte> text, Span<byte> output)
    {
        var (read, written) = (0, 0);
        while (read < text.Length && written + MinOutput <= output.Length)
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

    /// <summary>The length of the encoded text including line ends.</summary>
    public static long Length(int octets) => (octets + 2L) / 3 * 4 * (Line + 2) / Line;
}
