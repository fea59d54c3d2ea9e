using System.Text;
using Postfleet.Core.Mail;

namespace Postfleet.Frontend.Protocol;

/// <summary>The result of parsing a path.</summary>
internal enum PathResult
{
    /// <summary>A mailbox.</summary>
    Mailbox,

    /// <summary>The null reverse-path <c>&lt;&gt;</c>.</summary>
    Null,

    /// <summary>The bare <c>&lt;Postmaster&gt;</c> (RFC 5321 section 4.5.1).</summary>
    Postmaster,

    /// <summary>Malformed.</summary>
    Invalid,

    /// <summary>An address with more than <see cref="Mailbox.MaxAddressLength"/> octets.</summary>
    TooLong,

    /// <summary>An address whose domain, or a label of its domain, is too long in A-labels.</summary>
    LongDomain,
}

/// <summary>
/// Parses the arguments of MAIL and RCPT: <c>FROM:&lt;path&gt;</c> or <c>TO:&lt;path&gt;</c>, and splits off the parameters. Paths in UTF-8
/// are accepted; the stages check for SMTPUTF8. Pure.
/// </summary>
internal static class PathParser
{
    /// <summary>Parses an argument.</summary>
    /// <param name="argument">The text behind the verb.</param>
    /// <param name="keyword"><c>FROM:</c> or <c>TO:</c>, upper case.</param>
    /// <param name="isLenient">
    /// Whether to accept an address without angle brackets, as sent by some devices, and misplaced dots in the local part (<c>a..b</c>,
    /// <c>a.</c>), as assigned by some providers. The parser converts a local part with misplaced dots to a Quoted-string, which names the
    /// same mailbox and is valid.
    /// </param>
    /// <param name="mailbox">The mailbox; null without a mailbox.</param>
    /// <param name="parameters">The parameters behind the path.</param>
    public static PathResult Parse(
        ReadOnlySpan<byte> argument, ReadOnlySpan<byte> keyword, bool isLenient, out Mailbox? mailbox, out ReadOnlySpan<byte> parameters)
    {
        mailbox = null;
        parameters = [];
        if (!Keyword.TryCut(argument, keyword, out var rest)) return PathResult.Invalid;
        // A space behind the colon violates the grammar, but clients send it and Postfix accepts it.
        rest = rest.TrimStart((byte)' ');
        if (rest.IsEmpty) return PathResult.Invalid;
        if (rest[0] != '<') return isLenient ? ParseWithoutBrackets(rest, out mailbox, out parameters) : PathResult.Invalid;
        var end = FindEnd(rest);
        if (end < 0) return PathResult.Invalid;
        var path = rest[1..end];
        parameters = rest[(end + 1)..];
        if (parameters.Length > 0 && parameters[0] != ' ') return PathResult.Invalid;
        parameters = parameters.Trim((byte)' ');
        return ParsePath(path, isLenient, out mailbox);
    }

    // An address without brackets ends at the first space.
    private static PathResult ParseWithoutBrackets(ReadOnlySpan<byte> text, out Mailbox? mailbox, out ReadOnlySpan<byte> parameters)
    {
        var space = text.IndexOf((byte)' ');
        parameters = space < 0 ? [] : text[(space + 1)..].Trim((byte)' ');
        return ParsePath(space < 0 ? text : text[..space], isLenient: true, out mailbox);
    }

    private static PathResult ParsePath(ReadOnlySpan<byte> path, bool isLenient, out Mailbox? mailbox)
    {
        mailbox = null;
        if (path.IsEmpty) return PathResult.Null;
        if (path[0] == '@')
        {
            var colon = FindRouteEnd(path);
            if (colon < 0) return PathResult.Invalid;
            path = path[(colon + 1)..];
        }

        if (Ascii.EqualsIgnoreCase(path, "postmaster"u8)) return PathResult.Postmaster;
        if (path.Length > Mailbox.MaxAddressLength) return PathResult.TooLong;
        var text = Encoding.UTF8.GetString(path);
        return Mailbox.TryParse(text, out mailbox) || (isLenient && Mailbox.TryParse(Quoted(text), out mailbox)) ? PathResult.Mailbox
            : Diagnose(text);
    }

    // The reason for an invalid mailbox: a domain may be too long in A-labels although its Unicode form is not.
    private static PathResult Diagnose(string text)
    {
        var domain = text[(text.LastIndexOf('@') + 1)..];
        if (!DomainName.TryParse(domain, out var name)) return DomainName.IsTooLong(domain) ? PathResult.LongDomain : PathResult.Invalid;
        return Encoding.UTF8.GetByteCount(text) - Encoding.UTF8.GetByteCount(domain) + name.Value.Length > Mailbox.MaxAddressLength
            ? PathResult.TooLong : PathResult.Invalid;
    }

    // Quotes the local part, unless it contains quotes or backslashes.
    private static string Quoted(string text)
    {
        var at = text.LastIndexOf('@');
        return at > 0 && !text.AsSpan(0, at).ContainsAny('"', '\\') ? $"\"{text[..at]}\"{text[at..]}" : text;
    }

    // A source route is accepted and ignored (RFC 5321 section 4.1.1.3). It ends at a colon outside of address literals.
    private static int FindRouteEnd(ReadOnlySpan<byte> path)
    {
        var isLiteral = false;
        for (var i = 0; i < path.Length; i++)
        {
            switch (path[i])
            {
                case (byte)'[': isLiteral = true; break;
                case (byte)']': isLiteral = false; break;
                case (byte)':' when !isLiteral: return i;
            }
        }

        return -1;
    }

    // The position of the closing bracket outside of quotes; -1 for none.
    private static int FindEnd(ReadOnlySpan<byte> text)
    {
        var isQuoted = false;
        for (var i = 1; i < text.Length; i++)
        {
            switch (text[i])
            {
                case (byte)'"': isQuoted = !isQuoted; break;
                case (byte)'\\' when isQuoted: i++; break;
                case (byte)'>' when !isQuoted: return i;
            }
        }

        return -1;
    }
}
