using System.Buffers;
using System.Text;
using Postfleet.Core.Mail;

namespace Postfleet.Delivery.Smtp;

/// <summary>A reply as received: its code and its lines.</summary>
/// <param name="Code">The code, 200 to 599.</param>
/// <param name="Lines">The printable text of each line, truncated to <see cref="ReplyParser.MaxLine"/>.</param>
internal sealed record RawReply(int Code, IReadOnlyList<string> Lines)
{
    /// <summary>
    /// Converts the reply for an outcome. An enhanced code of a class other than the reply's is ignored (RFC 2034 section 4).
    /// </summary>
    /// <param name="stage">The command or stage of the reply.</param>
    public SmtpReply ToReply(ReplyStage stage = ReplyStage.Unknown)
    {
        // The first line may have a code other than the last line's, and an enhanced code to match.
        if (!HasStatus(Lines[0], out var status) && !HasStatus(Lines[^1], out status))
            return new SmtpReply(Code, null, string.Join('\n', Lines)) { Stage = stage };
        return new SmtpReply(Code, status, string.Join('\n', Lines.Select(WithoutStatus))) { Stage = stage };

        bool HasStatus(string line, out EnhancedStatus found) =>
            EnhancedStatus.TryParsePrefix(line, out found) && found.Class == Code / 100;

        string WithoutStatus(string line)
        {
            if (!EnhancedStatus.TryParsePrefix(line, out var other) || other != status) return line;
            var end = line.IndexOf(' ', StringComparison.Ordinal);
            return end < 0 ? "" : line[end..].TrimStart();
        }
    }
}

/// <summary>The result of parsing a buffer.</summary>
internal enum ParseResult
{
    /// <summary>More octets are needed.</summary>
    Incomplete,

    /// <summary>A complete reply was parsed.</summary>
    Complete,

    /// <summary>
    /// A reply without an end within <see cref="ReplyParser.MaxLength"/> octets. Its code is known; the octets after it cannot be parsed.
    /// </summary>
    Endless,

    /// <summary>The octets are not SMTP, or exceed the limits.</summary>
    Invalid,
}

/// <summary>
/// Parses replies (RFC 5321 section 4.2). The code of the last line counts; a <c>-</c> follows the code in all other lines. Lines without a
/// code are skipped, as Postfix does: some hosts and firewalls insert them, and the reply to a message must not be lost. All sizes are
/// bounded. Called by <see cref="SmtpChannel"/>.
/// </summary>
internal static class ReplyParser
{
    /// <summary>
    /// The maximum number of octets kept of a line, including the code; the rest is truncated. RFC 5321 section 4.5.3.1.5 allows 512 in
    /// all.
    /// </summary>
    public const int MaxLine = 1024;

    /// <summary>The maximum number of lines kept of one reply; further lines are skipped.</summary>
    public const int MaxLines = 100;

    /// <summary>
    /// The maximum number of octets of one reply. Long explanations are tolerated, so that the reply to a message is not lost.
    /// </summary>
    public const int MaxLength = 64 * 1024;

    /// <summary>
    /// The maximum number of lines without a code in a greeting. At this point the peer has not yet shown that it speaks SMTP, and no reply
    /// to a message can be lost.
    /// </summary>
    public const int MaxStrayInGreeting = 100;

    /// <summary>Allows any number of lines without a code, within <see cref="MaxLength"/>.</summary>
    public const int AnyStray = int.MaxValue;

    /// <summary>Parses one reply at the beginning of a buffer. Stateless.</summary>
    /// <param name="buffer">The octets received so far.</param>
    /// <param name="maxStray">
    /// The maximum number of skipped lines without a code; with more the result is <see cref="ParseResult.Invalid"/>.
    /// </param>
    /// <param name="reply">The reply, if the result is complete or endless.</param>
    /// <param name="consumed">The position after the reply.</param>
    public static ParseResult Parse(ReadOnlySequence<byte> buffer, int maxStray, out RawReply? reply, out SequencePosition consumed)
    {
        reply = null;
        consumed = buffer.Start;
        var reader = new SequenceReader<byte>(buffer);
        var (known, stray) = (0, 0);
        // Strings are built once for a complete reply, not each time more octets arrive.
        while (reader.TryReadTo(out ReadOnlySequence<byte> line, (byte)'\n') && reader.Consumed <= MaxLength)
        {
            if (!TryReadCode(line, out var code, out var isLast))
            {
                if (++stray > maxStray) return ParseResult.Invalid;
                continue;
            }

            known = code;
            if (!isLast) continue;
            consumed = reader.Position;
            reply = new RawReply(code, ReadTexts(buffer.Slice(0, consumed)));
            return ParseResult.Complete;
        }

        if (buffer.Length <= MaxLength) return ParseResult.Incomplete;
        if (known == 0) return ParseResult.Invalid;
        consumed = buffer.End;
        reply = new RawReply(known, ReadTexts(buffer.Slice(0, MaxLength)));
        return ParseResult.Endless;
    }

    /// <summary>The beginning of the peer's output, for logs; empty if the peer sent nothing.</summary>
    public static string Sample(ReadOnlySequence<byte> buffer)
    {
        const int MaxSample = 100;
        if (buffer.IsEmpty) return "";
        Span<byte> octets = stackalloc byte[MaxSample];
        return Printable(CopyStart(buffer, octets)) + (buffer.Length > MaxSample ? "…" : "");
    }

    // The line excludes its LF. A missing CR is tolerated, as is common practice. False if the line does not begin with a code and a
    // separator.
    private static bool TryReadCode(ReadOnlySequence<byte> line, out int code, out bool isLast)
    {
        Span<byte> buffer = stackalloc byte[4];
        var octets = CopyStart(line, buffer);
        (code, isLast) = (0, false);
        if (octets.Length < 3) return false;
        foreach (var digit in octets[..3])
        {
            if (!char.IsAsciiDigit((char)digit)) return false;
            code = 10 * code + (digit - '0');
        }

        isLast = octets.Length == 3 || octets[3] == ' ' || (octets[3] == '\r' && line.Length == 4);
        return code is >= 200 and <= 599 && (isLast || octets[3] == '-');
    }

    private static List<string> ReadTexts(ReadOnlySequence<byte> lines)
    {
        Span<byte> buffer = stackalloc byte[MaxLine];
        var texts = new List<string>(1);
        var reader = new SequenceReader<byte>(lines);
        while (texts.Count < MaxLines && reader.TryReadTo(out ReadOnlySequence<byte> line, (byte)'\n'))
        {
            if (!TryReadCode(line, out _, out _)) continue;
            var octets = CopyStart(line, buffer);
            if (octets.Length == line.Length && octets[^1] == '\r') octets = octets[..^1];
            texts.Add(octets.Length > 4 ? Printable(octets[4..]) : "");
        }

        return texts;
    }

    private static Span<byte> CopyStart(ReadOnlySequence<byte> line, Span<byte> buffer)
    {
        var length = (int)Math.Min(line.Length, buffer.Length);
        line.Slice(0, length).CopyTo(buffer);
        return buffer[..length];
    }

    // Reply texts appear in logs and DSNs, so control characters and non-ASCII octets are replaced.
    private static string Printable(Span<byte> octets)
    {
        foreach (ref var octet in octets)
        {
            if (octet is < 0x20 or > 0x7e) octet = (byte)'?';
        }

        return Encoding.ASCII.GetString(octets);
    }
}
