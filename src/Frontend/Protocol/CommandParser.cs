using System.Text;

namespace Postfleet.Frontend.Protocol;

/// <summary>Splits a command line into verb and argument. Pure.</summary>
internal static class CommandParser
{
    private static readonly byte[][] Methods =
    [
        [.. "GET"u8], [.. "POST"u8], [.. "PUT"u8], [.. "HEAD"u8], [.. "CONNECT"u8], [.. "OPTIONS"u8], [.. "DELETE"u8], [.. "PATCH"u8],
        [.. "TRACE"u8], [.. "PRI"u8],
    ];

    /// <summary>Parses a line without its CRLF. Spaces around the argument are trimmed.</summary>
    public static Verb Parse(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> argument)
    {
        var space = line.IndexOf((byte)' ');
        var word = space < 0 ? line : line[..space];
        argument = space < 0 ? [] : line[(space + 1)..].Trim((byte)' ');
        if (word.Length != 4) return Ascii.EqualsIgnoreCase(word, "STARTTLS"u8) ? Verb.StartTls : ForeignOrUnknown(word);
        Span<byte> upper = stackalloc byte[4];
        if (Ascii.ToUpper(word, upper, out _) != System.Buffers.OperationStatus.Done) return ForeignOrUnknown(word);
        return Find(upper) is var verb and not Verb.Unknown ? verb : ForeignOrUnknown(word);
    }

    // Foreign for methods of HTTP (RFC 9110 section 9, RFC 5789, the preface of RFC 9113) and for header fields, as Postfix's
    // smtpd_forbidden_commands.
    private static Verb ForeignOrUnknown(ReadOnlySpan<byte> word)
    {
        if (word.IndexOf((byte)':') is > 0 and var colon && IsToken(word[..colon])) return Verb.Foreign;
        foreach (var method in Methods) if (Ascii.EqualsIgnoreCase(word, method)) return Verb.Foreign;
        return Verb.Unknown;
    }

    private static bool IsToken(ReadOnlySpan<byte> word)
    {
        foreach (var octet in word) if (!char.IsAsciiLetterOrDigit((char)octet) && octet != '-') return false;
        return true;
    }

    private static Verb Find(ReadOnlySpan<byte> word)
    {
        if (word.SequenceEqual("MAIL"u8)) return Verb.Mail;
        if (word.SequenceEqual("RCPT"u8)) return Verb.Rcpt;
        if (word.SequenceEqual("DATA"u8)) return Verb.Data;
        if (word.SequenceEqual("BDAT"u8)) return Verb.Bdat;
        if (word.SequenceEqual("EHLO"u8)) return Verb.Ehlo;
        if (word.SequenceEqual("QUIT"u8)) return Verb.Quit;
        if (word.SequenceEqual("RSET"u8)) return Verb.Rset;
        if (word.SequenceEqual("HELO"u8)) return Verb.Helo;
        if (word.SequenceEqual("NOOP"u8)) return Verb.Noop;
        if (word.SequenceEqual("VRFY"u8)) return Verb.Vrfy;
        if (word.SequenceEqual("EXPN"u8)) return Verb.Expn;
        if (word.SequenceEqual("AUTH"u8)) return Verb.Auth;
        return word.SequenceEqual("HELP"u8) ? Verb.Help : Verb.Unknown;
    }
}
