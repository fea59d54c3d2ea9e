using System.Text;
using Postfleet.Core.Mail;

namespace Postfleet.Frontend.Protocol;

/// <summary>How reading a path ended.</summary>
internal enum PathResult
{
    /// <summary>There is a mailbox.</summary>
    Mailbox,

    /// <summary>The null reverse-path <c>&lt;&gt;</c>.</summary>
    Null,

    /// <summary>The bare <c>&lt;Postmaster&gt;</c> (RFC 5321 section 4.5.1).</summary>
    Postmaster,

    /// <summary>No path.</summary>
    Invalid,

    /// <summary>An address with more than <see cref="Mailbox.MaxAddressLength"/> octets.</summary>
    TooLong,

    /// <summary>An address whose domain, or one label of it, is too long in A-labels.</summary>
    LongDomain,
}

/// <summary>
/// Reads the arguments of MAIL and RCPT: <c>FROM:&lt;path&gt;</c> or <c>TO:&lt;path&gt;</c>, and the parameters behind. Paths may be in
/// UTF-8; whether the client may write them so, the parameters say.
/// </summary>
internal static class PathParser
{
    /// <summary>Reads one argument.</summary>
    /// <param name="argument">What stands behind the verb.</param>
    /// <param name="keyword"><c>FROM:</c> or <c>TO:</c>, upper case.</param>
    /// <param name="isForgiving">
    /// Whether an address is taken without its angle brackets, as some devices write it, and with dots where a Dot-string has none
    /// (<c>a..b</c>, <c>a.</c>), as some providers have given them out. The latter becomes a Quoted-string, which names the same mailbox
    /// and is right everywhere.
    /// </param>
    /// <param name="mailbox">The mailbox, where there is one.</param>
    /// <param name="parameters">What stands behind the path.</param>
    public static PathResult Parse(
        ReadOnlySpan<byte> argument, ReadOnlySpan<byte> keyword, bool isForgiving, out Mailbox? mailbox, out ReadOnlySpan<byte> parameters)
    {
        mailbox = null;
        parameters = [];
        if (argument.Length < keyword.Length || !Ascii.EqualsIgnoreCase(argument[..keyword.Length], keyword)) return PathResult.Invalid;
        // A space behind the colon is not in the grammar, but clients write it and Postfix takes it.
        var rest = argument[keyword.Length..].TrimStart((byte)' ');
        if (rest.IsEmpty) return PathResult.Invalid;
        if (rest[0] != '<') return isForgiving ? ReadBare(rest, out mailbox, out parameters) : PathResult.Invalid;
        var end = FindEnd(rest);
        if (end < 0) return PathResult.Invalid;
        var path = rest[1..end];
        parameters = rest[(end + 1)..];
        if (parameters.Length > 0 && parameters[0] != ' ') return PathResult.Invalid;
        parameters = parameters.Trim((byte)' ');
        return Read(path, isForgiving, out mailbox);
    }

    // Up to the first space: an address in quotes has its brackets.
    private static PathResult ReadBare(ReadOnlySpan<byte> text, out Mailbox? mailbox, out ReadOnlySpan<byte> parameters)
    {
        var space = text.IndexOf((byte)' ');
        parameters = space < 0 ? [] : text[(space + 1)..].Trim((byte)' ');
        return Read(space < 0 ? text : text[..space], isForgiving: true, out mailbox);
    }

    private static PathResult Read(ReadOnlySpan<byte> path, bool isForgiving, out Mailbox? mailbox)
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
        return Mailbox.TryParse(text, out mailbox) || (isForgiving && Mailbox.TryParse(Quoted(text), out mailbox)) ? PathResult.Mailbox
            : WhyNot(text);
    }

    // In A-labels a domain may be longer than it was in Unicode.
    private static PathResult WhyNot(string text)
    {
        var domain = text[(text.LastIndexOf('@') + 1)..];
        if (!DomainName.TryParse(domain, out var name)) return DomainName.IsTooLong(domain) ? PathResult.LongDomain : PathResult.Invalid;
        return Encoding.UTF8.GetByteCount(text) - Encoding.UTF8.GetByteCount(domain) + name.Value.Length > Mailbox.MaxAddressLength
            ? PathResult.TooLong : PathResult.Invalid;
    }

    // The local part in quotes; a text that has quotes or backslashes in it stays as it is.
    private static string Quoted(string text)
    {
        var at = text.LastIndexOf('@');
        return at > 0 && !text.AsSpan(0, at).ContainsAny('"', '\\') ? $"\"{text[..at]}\"{text[at..]}" : text;
    }

    // Source routes are to be taken and ignored (RFC 5321 section 4.1.1.3); a colon inside of an address literal ends none.
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

    // The closing bracket outside of quotes.
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
