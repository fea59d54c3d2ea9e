namespace Postfleet.Testing;

/// <summary>Odd messages for signers and verifiers: folded, empty and 8-bit fields, and bodies at the edges of canonical forms.</summary>
public static class OddMail
{
    /// <summary>The header, in Latin-1, without the empty line.</summary>
    public const string Head =
        "X-Hop: from a\r\n\tby b; Mon, 30 Nov 2026 13:59:00 +0000\r\nX-Hop: from b by c\r\nFROM: Joe <joe@example.org>\r\n"
        + "To: Suzie\t <suzie@example.net> ,\r\n  \t Tim <tim@example.net>  \r\nSubject:\r\nX-Odd:   a\r\n \r\n b \r\n"
        + "X-Eight: caf\u00e9 \u00fc\r\nDate: Mon, 30 Nov 2026 14:00:00 +0000\r\n";

    /// <summary>The bodies, in Latin-1.</summary>
    public static readonly IReadOnlyList<string> Bodies =
    [
        "Hi.\r\n\r\nWe lost.\r\n", "", "\r\n", "\r\n\r\n\r\n", "no end", "end\r\n\r\n\r\n",
        "spaces  \t here  \r\n and \t there\t\r\n \t \r\n",
        "\r\n\r\nstart\r\n", new string('x', 5_000) + " " + new string('y', 5_000) + "\r\n", "caf\u00e9 \u00ff\u0080\r\n", ".\r\n..\r\n",
    ];
}
