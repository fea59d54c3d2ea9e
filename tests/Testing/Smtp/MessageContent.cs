using System.Security.Cryptography;
using System.Text;

namespace Postfleet.Testing;

/// <summary>Parses received content: the trace field of the last relay, and the octets below it.</summary>
public static class MessageContent
{
    /// <summary>Length of the Received field (RFC 5321 section 4.4) at the top, with folded lines and CRLF; 0 if there is none.</summary>
    public static int TraceLength(ReadOnlySpan<byte> content)
    {
        ReadOnlySpan<byte> name = "Received:"u8;
        if (content.Length < name.Length || !Ascii.EqualsIgnoreCase(content[..name.Length], name))
        {
            return 0;
        }

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
