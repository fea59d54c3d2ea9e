using System.Text;

namespace Postfleet.Core.Mail;

/// <summary>
/// The encoding of values with characters not allowed in a command line (RFC 3461 section 4): printable ASCII stands for itself, but
/// <c>+</c>, <c>=</c> and all else are <c>+</c> with two upper-case hexadecimal digits.
/// </summary>
public static class Xtext
{
    private const string Digits = "0123456789ABCDEF";

    /// <summary>Encodes octets.</summary>
    public static string Encode(ReadOnlySpan<byte> octets)
    {
        var text = new StringBuilder(octets.Length);
        foreach (var octet in octets)
        {
            if (IsPlain(octet)) text.Append((char)octet);
            else text.Append('+').Append(Digits[octet >> 4]).Append(Digits[octet & 15]);
        }

        return text.ToString();
    }

    /// <summary>
    /// Decodes into a buffer of at least the length of the text. Accepts deviations of gateways: hexadecimal digits in lower case, and an
    /// unencoded <c>=</c>.
    /// </summary>
    /// <returns>How many octets there are, or -1 when the text is none of this encoding.</returns>
    public static int Decode(ReadOnlySpan<byte> text, Span<byte> octets)
    {
        var length = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '+')
            {
                if (!IsPlain(text[i]) && text[i] != '=') return -1;
                octets[length++] = text[i];
                continue;
            }

            if (i + 2 >= text.Length) return -1;
            var (high, low) = ((char)text[i + 1], (char)text[i + 2]);
            if (!char.IsAsciiHexDigit(high) || !char.IsAsciiHexDigit(low)) return -1;
            octets[length++] = (byte)((Value(high) << 4) + Value(low));
            i += 2;
        }

        return length;
    }

    /// <summary>Decodes a text validated on receipt; an invalid text is returned unchanged.</summary>
    public static string Decode(string text)
    {
        var octets = new byte[Encoding.UTF8.GetMaxByteCount(text.Length)];
        var length = Decode(Encoding.UTF8.GetBytes(text), octets);
        return length < 0 ? text : Encoding.UTF8.GetString(octets, 0, length);
    }

    private static int Value(char digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;

    // xchar of RFC 3461 section 4.
    private static bool IsPlain(byte octet) => octet is >= (byte)'!' and <= (byte)'~' and not (byte)'+' and not (byte)'=';
}
