namespace Postfleet.Delivery.Mime;

/// <summary>
/// Rewrites text ignored by readers (the preamble and the epilogue of a multipart), incrementally: octets above 127 become <c>?</c> and
/// long lines are folded. One instance for each text.
/// </summary>
/// <param name="needs">The required properties of the result.</param>
internal sealed class IgnoredTextEncoder(ConversionNeeds needs)
{
    private static readonly byte[] Fold = [.. "\r\n "u8];

    private int _column;

    /// <summary>Rewrites as much text as fits into the output.</summary>
    /// <returns>The number of octets read and the number of octets written.</returns>
    public (int Read, int Written) Encode(ReadOnlySpan<byte> text, Span<byte> output)
    {
        var (read, written) = (0, 0);
        for (; read < text.Length && written + Fold.Length < output.Length; read++)
        {
            var octet = text[read];
            if (needs.ShortLines && _column >= LongLines.Max && octet is not ((byte)'\r' or (byte)'\n'))
            {
                Fold.CopyTo(output[written..]);
                (_column, written) = (1, written + Fold.Length);
            }

            output[written++] = needs.SevenBit && octet > 127 ? (byte)'?' : octet;
            _column = octet == '\n' ? 0 : _column + 1;
        }

        return (read, written);
    }
}
