using System.Buffers;
using System.Text;

namespace Postfleet.Core.Returns;

/// <summary>
/// The octets of reports as text. One character stands for one octet until the transfer encoding of a part is removed, so any octets can be
/// read; a part is then read as UTF-8. Line ends become line feeds.
/// </summary>
internal static class ReportText
{
    /// <summary>Octets as characters of the same number.</summary>
    public static string Read(in ReadOnlySequence<byte> octets)
    {
        var text = octets.IsSingleSegment ? Encoding.Latin1.GetString(octets.FirstSpan) : Encoding.Latin1.GetString(octets.ToArray());
        return text.Contains('\r', StringComparison.Ordinal)
            ? text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n') : text;
    }

    /// <summary>
    /// The text of a part, without its transfer encoding (RFC 2045 section 6). Invalid encodings are read as far as possible.
    /// </summary>
    public static string Decode(string content, string encoding) => encoding.Trim().ToUpperInvariant() switch
    {
        "BASE64" => Utf8(FromBase64(content)),
        "QUOTED-PRINTABLE" => Utf8(FromQuotedPrintable(content)),
        _ => Utf8(Encoding.Latin1.GetBytes(content)),
    };

    private static string Utf8(ReadOnlySpan<byte> octets) =>
        Encoding.UTF8.GetString(octets).Replace("\r\n", "\n", StringComparison.Ordinal);

    private static byte[] FromBase64(string content)
    {
        var digits = new StringBuilder(content.Length);
        foreach (var each in content) if (char.IsAsciiLetterOrDigit(each) || each is '+' or '/') digits.Append(each);
        var length = digits.Length / 4 * 4;
        return Convert.FromBase64String(digits.ToString(0, length) + digits.ToString(length, digits.Length - length) switch
        {
            { Length: 2 } two => two + "==",
            { Length: 3 } three => three + "=",
            _ => "",
        });
    }

    private static byte[] FromQuotedPrintable(string content)
    {
        var octets = new byte[content.Length];
        var length = 0;
        for (var i = 0; i < content.Length; i++)
        {
            if (content[i] != '=')
            {
                octets[length++] = (byte)content[i];
            }
            else if (i + 1 < content.Length && content[i + 1] == '\n')
            {
                i++;
            }
            else if (i + 2 < content.Length && char.IsAsciiHexDigit(content[i + 1]) && char.IsAsciiHexDigit(content[i + 2]))
            {
                octets[length++] = Convert.FromHexString(content.AsSpan(i + 1, 2))[0];
                i += 2;
            }
        }

        return octets[..length];
    }
}
