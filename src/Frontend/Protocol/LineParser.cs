using System.Buffers;

namespace Postfleet.Frontend.Protocol;

/// <summary>The result of reading a command line.</summary>
internal enum LineResult
{
    /// <summary>No line end yet.</summary>
    Incomplete,

    /// <summary>A complete line.</summary>
    Line,

    /// <summary>A line longer than the given limit; reported once, the rest of the line is skipped.</summary>
    TooLong,

    /// <summary>A line containing a CR.</summary>
    BareCr,

    /// <summary>A line ending with a bare LF, where bare LF are not accepted.</summary>
    BareLf,
}

/// <summary>
/// Splits the input into command lines. CRLF ends a line (RFC 5321 section 2.3.8). A bare LF ends a line of a trusted client; for other
/// clients it is an error and not the begin of the next command, so no commands can be smuggled through another host. Input may be
/// split anywhere. Pure.
/// </summary>
internal static class LineParser
{
    /// <summary>Reads the next line.</summary>
    /// <param name="input">The input; afterwards its unread rest. The rest of an incomplete line has at most
    /// <paramref name="maxLength"/> octets.</param>
    /// <param name="isSkipping">Whether the input begins inside an overlong line; kept by the caller between calls.</param>
    /// <param name="maxLength">Longest line, in octets with its CRLF.</param>
    /// <param name="acceptsBareLf">Whether a bare LF ends a line.</param>
    /// <param name="line">The line without its end; empty without a line.</param>
    public static LineResult Read(
        ref ReadOnlySequence<byte> input, ref bool isSkipping, int maxLength, bool acceptsBareLf, out ReadOnlySequence<byte> line)
    {
        for (var whole = input; TryCut(ref input, out line); whole = input)
        {
            var hasCr = EndsWithCr(line);
            if (!hasCr && !acceptsBareLf)
            {
                if (isSkipping || line.Length + 1 <= maxLength)
                {
                    isSkipping = false;
                    return LineResult.BareLf;
                }

                // Both errors are reported, as when the line arrives in pieces.
                isSkipping = true;
                input = whole.Slice(line.Length - 1);
                return LineResult.TooLong;
            }

            if (isSkipping)
            {
                isSkipping = false;
                continue;
            }

            if (line.Length + 1 > maxLength) return LineResult.TooLong;
            if (hasCr) line = line.Slice(0, line.Length - 1);
            return HasCr(line) ? LineResult.BareCr : LineResult.Line;
        }

        if (!isSkipping && input.Length <= maxLength) return LineResult.Incomplete;
        var isNew = !isSkipping;
        isSkipping = true;
        // Keeps a CR at the end, which may be the first half of a CRLF.
        input = input.Slice(EndsWithCr(input) ? input.Length - 1 : input.Length);
        return isNew ? LineResult.TooLong : LineResult.Incomplete;
    }

    // Cuts the input at the next LF; the line is without the LF.
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
