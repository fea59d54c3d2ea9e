using System.Security.Cryptography;
using System.Text;

namespace Postfleet.Testing;

/// <summary>Parses received content: the trace field of the last relay, and the octets below it.</summary>
public static class MessageContent
{
    // The fields that Postfleet writes above its Received field on listeners for inbound mail.
    private static readonly string[] Results = ["Authentication-Results", "Received-SPF"];

    /// <summary>
    /// Length of the trace of the last relay: the first Received field (RFC 5321 section 4.4) with folded lines and CRLF, and the results
    /// of the checks of inbound mail above it; 0 if there is none.
    /// </summary>
    public static int TraceLength(ReadOnlySpan<byte> content)
    {
        var length = 0;
        while (FieldLength(content[length..]) is var field and > 0)
        {
            if (IsNamed(content[length..], "Received")) return length + field;
            if (!IsNamed(content[length..], Results[0]) && !IsNamed(content[length..], Results[1])) return 0;
            length += field;
        }

        return 0;
    }

    private static int FieldLength(ReadOnlySpan<byte> content)
    {
        var length = 0;
        do
        {
            var end = content[length..].IndexOf("\r\n"u8);
            if (end < 0)
            {
                return 0;
            }

            length += end + 2;
        }
        while (length < content.Length && content[length] is (byte)' ' or (byte)'\t');

        return length;
    }

    private static bool IsNamed(ReadOnlySpan<byte> field, string name) =>
        field.Length > name.Length && field[name.Length] == ':' && Ascii.EqualsIgnoreCase(field[..name.Length], name);

    /// <summary>The value of the first header field with a name, trimmed; null if there is none.</summary>
    public static string? Header(ReadOnlySpan<byte> content, string name)
    {
        var wanted = Encoding.ASCII.GetBytes(name + ":");
        while (!content.IsEmpty && !content.StartsWith("\r\n"u8))
        {
            var end = content.IndexOf("\r\n"u8);
            var line = end < 0 ? content : content[..end];
            if (line.Length >= wanted.Length && Ascii.EqualsIgnoreCase(line[..wanted.Length], wanted))
            {
                return Encoding.UTF8.GetString(line[wanted.Length..]).Trim();
            }

            content = end < 0 ? [] : content[(end + 2)..];
        }

        return null;
    }

    /// <summary>SHA-256 in hexadecimal.</summary>
    public static string Hash(ReadOnlySpan<byte> octets) => Convert.ToHexString(SHA256.HashData(octets));
}
