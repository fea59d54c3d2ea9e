using System.Text;

namespace Postfleet.Frontend.Protocol;

/// <summary>Splits a command line into its verb and its argument. Reads the line alone: no state, no I/O.</summary>
internal static class CommandParser
{
    /// <summary>Reads a line without its CRLF. The argument is trimmed of the white space around it.</summary>
    public static Verb Parse(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> argument)
    {
        var space = line.IndexOf((byte)' ');
        var word = space < 0 ? line : line[..space];
        argument = space < 0 ? [] : line[(space + 1)..].Trim((byte)' ');
        if (word.Length != 4) return Ascii.EqualsIgnoreCase(word, "STARTTLS"u8) ? Verb.StartTls : Verb.Unknown;
        Span<byte> upper = stackalloc byte[4];
        return Ascii.ToUpper(word, upper, out _) != System.Buffers.OperationStatus.Done ? Verb.Unknown : Find(upper);
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
        return word.SequenceEqual("HELP"u8) ? Verb.Help : Verb.Unknown;
    }
}
