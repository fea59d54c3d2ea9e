using System.Globalization;
using System.Text;
using DnsClient;
using DnsClient.Protocol;

namespace Postfleet.Dns;

/// <summary>Reads names and texts out of the records of DnsClient, octet by octet.</summary>
internal static class DnsRecordText
{
    private const char Replacement = '\uFFFD';

    /// <summary>
    /// The name in lower case without the trailing dot. DnsClient converts the names of an answer to Unicode, and keeps the original octets
    /// in Value for some names and in Original for others.
    /// </summary>
    public static string Name(DnsString name)
    {
        var text = (Ascii.IsValid(name.Value) ? name.Value : name.Original).ToLowerInvariant();
        return text == "." ? "" : text.TrimEnd('.');
    }

    /// <summary>The character-strings of a record, joined; each octet is one UTF-16 code unit (RFC 7208 section 3.3, RFC 6376 section
    /// 3.6.2.2).</summary>
    public static string Text(TxtRecord record)
    {
        var octets = new StringBuilder();
        foreach (var (escaped, decoded) in record.EscapedText.Zip(record.Text))
        {
            // DnsClient decodes UTF-8. Text without replacement characters was valid and has the same octets when it is encoded again.
            if (Ascii.IsValid(decoded)) octets.Append(decoded);
            else if (!decoded.Contains(Replacement, StringComparison.Ordinal))
                octets.Append(Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(decoded)));
            else Unescape(escaped, octets);
        }

        return octets.ToString();
    }

    // DnsClient writes an octet outside of visible ASCII as a backslash and three digits, and a quotation mark with a backslash. It does
    // not escape the backslash itself: a backslash and the digits of an octet that is never escaped are four characters.
    private static void Unescape(string text, StringBuilder octets)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 1 < text.Length && text[i + 1] == '"') octets.Append(text[++i]);
            else if (text[i] == '\\' && i + 3 < text.Length
                && byte.TryParse(text.AsSpan(i + 1, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var octet)
                && octet is < (byte)' ' or > (byte)'~')
            {
                octets.Append((char)octet);
                i += 3;
            }
            else
            {
                octets.Append(text[i]);
            }
        }
    }
}
