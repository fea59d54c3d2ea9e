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

    /// <summary>A line with a CR inside.</summary>
    BareCr,

    /// <summary>A line that ends with an LF alone, where that ends none.</summary>
    BareLf,
}

/// <summary>
/// Cuts command lines off the input. CRLF ends a line (RFC 5321 section 2.3.8). An LF alone ends one of a client that is trusted; of any
/// other client it is an error, and never the begin of another command, or a host that counts lines otherwise could be made to pass
/// commands on. Input may be split anywhere.
/// </summary>
internal static class LineParser
{
    /// <summary>Reads the next line.</summary>
    /// <param name="input">The input; afterwards what is left of it. What is left of an incomplete line is at most
    /// <see cref="FrontendLimits.CommandLine"/> octets.</param>
    /// <param name="isSkipping">Whether the input begins inside a line that was too long; kept by the caller from call to call.</param>
    /// <param name="takesBareLf">Whether an LF alone ends a line.</param>
    /// <param name="line">The line without its end, where there is one.</param>
    public static LineResult Read(ref ReadOnlySequence<byte> input, ref bool isSkipping, bool takesBareLf, out ReadOnlySequence<byte> line)
    {
        for (var whole = input; TryCut(ref input, out line); whole = input)
        {
            var hasCr = EndsWithCr(line);
            if (!hasCr && !takesBareLf)
            {
                if (isSkipping || line.Length + 1 <= FrontendLimits.CommandLine)
                {
                    isSkipping = false;
                    return LineResult.BareLf;
                }

                // Both is said of it, as where it comes in pieces.
                isSkipping = true;
                input = whole.Slice(line.Length - 1);
                return LineResult.TooLong;
            }

            if (isSkipping)
            {
                isSkipping = false;
                continue;
            }

            if (line.Length + 1 > FrontendLimits.CommandLine) return LineResult.TooLong;
            if (hasCr) line = line.Slice(0, line.Length - 1);
            return HasCr(line) ? LineResult.BareCr : LineResult.Line;
        }

        if (!isSkipping && input.Length <= FrontendLimits.CommandLine) return LineResult.Incomplete;
        var isNew = !isSkipping;
        isSkipping = true;
        // A CR at the end may be the first half of the line's end.
        input = input.Slice(EndsWithCr(input) ? input.Length - 1 : input.Length);
        return isNew ? LineResult.TooLong : LineResult.Incomplete;
    }

    // Up to the next LF, without it.
    private static bool TryCut(ref ReadOnlySequence<byte> input, out ReadOnlySequence<byte> line)
    {
        var end = input.FirstSpan.IndexOf((byte)'\n');
        if (end >= 0)
        {
            line = input.Slice(0, end);
            input = input.Slice(end + 1);
            return true;
        }

        line = default;
        if (input.IsSingleSegment) return false;
        var reader = new SequenceReader<byte>(input);
        if (!reader.TryReadTo(out line, (byte)'\n')) return false;
        input = reader.UnreadSequence;
        return true;
    }

    private static bool HasCr(ReadOnlySequence<byte> line)
    {
        foreach (var memory in line) if (memory.Span.Contains((byte)'\r')) return true;
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
