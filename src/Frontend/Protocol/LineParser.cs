using System.Buffers;

namespace Postfleet.Frontend.Protocol;

/// <summary>What stands at the head of the input.</summary>
internal enum LineResult
{
    /// <summary>No line end yet.</summary>
    Incomplete,

    /// <summary>A line.</summary>
    Line,

    /// <summary>A line longer than <see cref="FrontendLimits.CommandLine"/>; said once, what follows of it is skipped.</summary>
    TooLong,

    /// <summary>A line with a CR or an LF inside.</summary>
    BareLineEnd,
}

/// <summary>
/// Cuts command lines off the input. CRLF alone ends one (RFC 5321 section 2.3.8): what stands behind a bare LF is part of the same bad line, never a command
/// of its own, or a host that counts lines otherwise could be made to pass commands on. Input may be split anywhere.
/// </summary>
internal static class LineParser
{
    /// <summary>Reads the next line.</summary>
    /// <param name="input">The input; afterwards what is left of it. What is left of an incomplete line is at most <see cref="FrontendLimits.CommandLine"/> octets.</param>
    /// <param name="isSkipping">Whether the input begins inside a line that was too long; kept by the caller from call to call.</param>
    /// <param name="line">The line without its CRLF, where there is one.</param>
    public static LineResult Read(ref ReadOnlySequence<byte> input, ref bool isSkipping, out ReadOnlySequence<byte> line)
    {
        while (TryCut(ref input, out line))
        {
            if (isSkipping)
            {
                isSkipping = false;
                continue;
            }

            if (line.Length + 2 > FrontendLimits.CommandLine) return LineResult.TooLong;
            return HasLineEnd(line) ? LineResult.BareLineEnd : LineResult.Line;
        }

        if (!isSkipping && input.Length <= FrontendLimits.CommandLine) return LineResult.Incomplete;
        var isNew = !isSkipping;
        isSkipping = true;
        // A CR at the end may be the first half of the line's end.
        input = input.Slice(EndsWithCr(input) ? input.Length - 1 : input.Length);
        return isNew ? LineResult.TooLong : LineResult.Incomplete;
    }

    private static bool TryCut(ref ReadOnlySequence<byte> input, out ReadOnlySequence<byte> line)
    {
        var end = input.FirstSpan.IndexOf("\r\n"u8);
        if (end >= 0)
        {
            line = input.Slice(0, end);
            input = input.Slice(end + 2);
            return true;
        }

        line = default;
        if (input.IsSingleSegment) return false;
        var reader = new SequenceReader<byte>(input);
        if (!reader.TryReadTo(out line, "\r\n"u8)) return false;
        input = reader.UnreadSequence;
        return true;
    }

    private static bool HasLineEnd(ReadOnlySequence<byte> line)
    {
        foreach (var memory in line) if (memory.Span.IndexOfAny((byte)'\r', (byte)'\n') >= 0) return true;
        return false;
    }

    private static bool EndsWithCr(ReadOnlySequence<byte> input)
    {
        if (input.IsEmpty) return false;
        // Copied, since the first segment of a slice may be empty.
        Span<byte> last = stackalloc byte[1];
        input.Slice(input.Length - 1).CopyTo(last);
        return last[0] == '\r';
    }
}
