using System.Buffers;
using System.Text;
using Postfleet.Core.Mail;

namespace Postfleet.Delivery.Smtp;

/// <summary>A reply as it came: its code and its lines.</summary>
/// <param name="Code">200 to 599.</param>
/// <param name="Lines">The text of each line, printable, each cut to what is kept.</param>
internal sealed record RawReply(int Code, IReadOnlyList<string> Lines)
{
    /// <summary>The reply as an outcome keeps it.</summary>
    public SmtpReply ToReply()
    {
        if (!EnhancedStatus.TryParsePrefix(Lines[0], out var status)) return new SmtpReply(Code, null, string.Join('\n', Lines));
        var prefix = status.ToString();
        var texts = Lines.Select(line => line.StartsWith(prefix, StringComparison.Ordinal) ? line[prefix.Length..].TrimStart() : line);
        return new SmtpReply(Code, status, string.Join('\n', texts));
    }
}

/// <summary>How far parsing came.</summary>
internal enum ParseResult
{
    /// <summary>More octets are needed.</summary>
    Incomplete,

    /// <summary>There is a reply.</summary>
    Complete,

    /// <summary>This is not SMTP, or more than anybody needs to say.</summary>
    Invalid,
}

/// <summary>Reads replies (RFC 5321 section 4.2): codes alike on all lines, <c>-</c> on all but the last. A peer is not trusted with our memory.</summary>
internal static class ReplyParser
{
    /// <summary>Longest line that is taken, in octets. RFC 5321 section 4.5.3.1.5 allows 512.</summary>
    public const int MaxLine = 2048;

    /// <summary>Most lines of one reply.</summary>
    public const int MaxLines = 100;

    /// <summary>Most octets of one reply.</summary>
    public const int MaxLength = 16 * 1024;

    /// <summary>Reads one reply from the beginning of a buffer; looks at nothing else and keeps nothing.</summary>
    /// <param name="buffer">What has come so far.</param>
    /// <param name="reply">The reply.</param>
    /// <param name="consumed">Where the reply ends.</param>
    public static ParseResult Parse(ReadOnlySequence<byte> buffer, out RawReply? reply, out SequencePosition consumed)
    {
        reply = null;
        consumed = buffer.Start;
        var reader = new SequenceReader<byte>(buffer);
        var lines = new List<string>(1);
        var code = 0;
        while (reader.TryReadTo(out ReadOnlySequence<byte> line, (byte)'\n'))
        {
            if (line.Length > MaxLine || reader.Consumed > MaxLength || lines.Count == MaxLines) return ParseResult.Invalid;
            if (!TryReadLine(line, out var lineCode, out var isLast, out var text)) return ParseResult.Invalid;
            if (code != 0 && lineCode != code) return ParseResult.Invalid;
            code = lineCode;
            lines.Add(text);
            if (!isLast) continue;
            reply = new RawReply(code, lines);
            consumed = reader.Position;
            return ParseResult.Complete;
        }

        return reader.Remaining > MaxLine || buffer.Length > MaxLength ? ParseResult.Invalid : ParseResult.Incomplete;
    }

    // The line without its LF. A missing CR is forgiven, as everybody does.
    private static bool TryReadLine(ReadOnlySequence<byte> line, out int code, out bool isLast, out string text)
    {
        Span<byte> octets = stackalloc byte[MaxLine];
        line.CopyTo(octets);
        octets = octets[..(int)line.Length];
        if (!octets.IsEmpty && octets[^1] == '\r') octets = octets[..^1];
        (code, isLast, text) = (0, false, "");
        if (octets.Length < 3) return false;
        foreach (var digit in octets[..3])
        {
            if (!char.IsAsciiDigit((char)digit)) return false;
            code = 10 * code + (digit - '0');
        }

        if (code is < 200 or > 599) return false;
        isLast = octets.Length == 3 || octets[3] == ' ';
        if (!isLast && octets[3] != '-') return false;
        text = octets.Length > 4 ? Printable(octets[4..]) : "";
        return true;
    }

    // What a peer says ends in logs and in DSNs.
    private static string Printable(Span<byte> octets)
    {
        foreach (ref var octet in octets)
        {
            if (octet is < 0x20 or > 0x7e) octet = (byte)'?';
        }

        return Encoding.ASCII.GetString(octets);
    }
}
