using System.Text;

namespace Postfleet.EndToEnd.Tests.Interop;

/// <summary>Messages that relaying servers might change. Each has the header fields that some servers add if they are missing.</summary>
internal static class Letter
{
    /// <summary>Dots, spaces at ends of lines, folded fields, a line of 998 octets.</summary>
    public static byte[] Plain(string name) => Encoding.ASCII.GetBytes($"{Header(name)}\r\n{Traps}");

    /// <summary>The same, and every octet from 128 on.</summary>
    public static byte[] EightBit(string name) =>
        Encoding.Latin1.GetBytes($"{Header(name)}\r\n{Traps}{new string([.. Enumerable.Range(128, 128).Select(i => (char)i)])}\r\n");

    /// <summary>A header that is allowed with SMTPUTF8 only (RFC 6532).</summary>
    public static byte[] Utf8(string name) =>
        Encoding.UTF8.GetBytes($"{Header(name)}X-Greeting: Grüße, привет, 你好\r\n\r\n{Traps}Grüße\r\n");

    /// <summary>Random octets with many dots, in lines of up to 990 octets.</summary>
    public static byte[] Large(string name, int octets)
    {
        var random = new Random(octets);
        var body = new byte[octets];
        random.NextBytes(body);
        for (var i = 0; i < body.Length; i++)
        {
            body[i] = body[i] is < 32 or 127 ? (byte)'.' : body[i];
        }

        for (var end = 0; end < body.Length - 2;)
        {
            end = Math.Min(end + random.Next(3, 990), body.Length);
            "\r\n"u8.CopyTo(body.AsSpan(end - 2));
        }

        "\r\n"u8.CopyTo(body.AsSpan(body.Length - 2));
        return [.. Encoding.ASCII.GetBytes(Header(name) + "\r\n"), .. body];
    }

    private static string Traps { get; } =
        $".\r\n..\r\n.a dot\r\n \r\nspaces   \r\n\tand a tab\t\r\nFrom here on\r\n{new string('x', 998)}\r\n\r\n";

    private static string Header(string name) =>
        $"Date: Mon, 23 Nov 2026 12:00:00 +0100\r\nFrom: Ada <ada@source.test>\r\nTo: all:;\r\nSubject: {name}\r\n\tfolded  here \r\nMessage-Id: <{name}@source.test>\r\n"
        + "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n";
}
