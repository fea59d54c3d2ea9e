using System.Buffers;
using System.Text;
using Postfleet.Core.Mail;

namespace Postfleet.Delivery.Smtp;

/// <summary>A reply as it came: its code and its lines.</summary>
/// <param name="Code">200 to 599.</param>
/// <param name="Lines">The text of each line, printable, each cut to what is kept.</param>
internal sealed record RawReply(int Code, IReadOnlyList<string> Lines)
{
    /// <summary>
    /// The reply as an outcome keeps it. An enhanced code of another class than the reply's means nothing (RFC 2034 section 4).
    /// </summary>
    /// <param name="stage">What the host answered.</param>
    public SmtpReply ToReply(ReplyStage stage = ReplyStage.Unknown)
    {
        // Where the first line has another code than the last one, so may be its enhanced code.
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

/// <summary>How far parsing came.</summary>
internal enum ParseResult
{
    /// <summary>More octets are needed.</summary>
    Incomplete,

    /// <summary>There is a reply.</summary>
    Complete,

    /// <summary>
    /// There is a reply whose end has not come within <see cref="ReplyParser.MaxLength"/>. Its code is known; what follows it cannot be
    /// read.
    /// </summary>
    Endless,

    /// <summary>This is not SMTP, or more than anybody needs to say.</summary>
    Invalid,
}

/// <summary>
/// Reads replies (RFC 5321 section 4.2): the code of the last line counts, and <c>-</c> stands behind the code of all others. Lines without
/// a code are passed over, as by Postfix: some hosts and firewalls put them in, and a verdict on a message must not be lost for it. A peer
/// is not trusted with our memory.
/// </summary>
internal static class ReplyParser
{
    /// <summary>
    /// Most octets that are kept of a line, with its code; the rest is cut. RFC 5321 section 4.5.3.1.5 allows 512 in all.
    /// </summary>
    public const int MaxLine = 1024;

    /// <summary>Most lines that are kept of one reply; those behind are passed over.</summary>
    public const int MaxLines = 100;

    /// <summary>
    /// Most octets of one reply. The verdict on a message must not be lost because its explanation is long, but there is an end to
    /// everything.
    /// </summary>
    public const int MaxLength = 64 * 1024;

    /// <summary>
    /// Most lines without a code in a greeting. Nothing shows there yet that the peer speaks SMTP, and no verdict can be lost.
    /// </summary>
    public const int MaxStrayInGreeting = 100;

    /// <summary>Any number of lines without a code, within <see cref="MaxLength"/>.</summary>
    public const int AnyStray = int.MaxValue;

    /// <summary>Reads one reply from the beginning of a buffer; looks at nothing else and keeps nothing.</summary>
    /// <param name="buffer">What has come so far.</param>
    /// <param name="maxStray">How many lines without a code are passed over; one more, and the peer speaks no SMTP.</param>
    /// <param name="reply">The reply, where it is complete or endless.</param>
    /// <param name="consumed">Where the reply ends.</param>
    public static ParseResult Parse(ReadOnlySequence<byte> buffer, int maxStray, out RawReply? reply, out SequencePosition consumed)
    {
        reply = null;
        consumed = buffer.Start;
        var reader = new SequenceReader<byte>(buffer);
        var (known, stray) = (0, 0);
        // Text is made of a reply that is all there, not each time some octets more have come.
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

    /// <summary>The beginning of what a peer has said, for the log; empty when it has said nothing.</summary>
    public static string Sample(ReadOnlySequence<byte> buffer)
    {
        const int Most = 100;
        if (buffer.IsEmpty) return "";
        Span<byte> octets = stackalloc byte[Most];
        return Printable(Begin(buffer, octets)) + (buffer.Length > Most ? "…" : "");
    }

    // A line without its LF. A missing CR is forgiven, as everybody does. False where it does not begin with a code and its separator.
    private static bool TryReadCode(ReadOnlySequence<byte> line, out int code, out bool isLast)
    {
        Span<byte> buffer = stackalloc byte[4];
        var octets = Begin(line, buffer);
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
            var octets = Begin(line, buffer);
            if (octets.Length == line.Length && octets[^1] == '\r') octets = octets[..^1];
            texts.Add(octets.Length > 4 ? Printable(octets[4..]) : "");
        }

        return texts;
    }

    private static Span<byte> Begin(ReadOnlySequence<byte> line, Span<byte> buffer)
    {
        var length = (int)Math.Min(line.Length, buffer.Length);
        line.Slice(0, length).CopyTo(buffer);
        return buffer[..length];
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
