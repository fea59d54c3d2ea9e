using System.Buffers;
using System.IO.Pipelines;

namespace Postfleet.Delivery.Smtp;

/// <summary>
/// Sends content after DATA: doubles the dot of lines that begin with a dot, and ends with <c>CRLF.CRLF</c> (RFC 5321 section 4.5.2).
/// Octets are written in large pieces, and only as fast as the connection accepts them.
/// </summary>
internal static class DotStuffer
{
    private const int FlushThreshold = 64 * 1024;

    // Content up to this size fits into the socket's send buffer, so it needs no flush that would wait for the peer between the last check
    // and the final dot.
    private const int MaxUnflushedTail = 16 * 1024;

    /// <summary>Writes content and the final dot.</summary>
    /// <param name="content">The content. Only dots are added, and a CRLF if the last line lacks one.</param>
    /// <param name="output">The writer of the connection.</param>
    /// <param name="flush">Sends the octets written so far; false if the peer is gone or too slow, which ends the writing.</param>
    /// <param name="mayEnd">
    /// Called immediately before the final dot, when the rest of the content is sent or small; false ends the writing.
    /// </param>
    /// <returns>Whether the final dot was sent.</returns>
    public static async ValueTask<bool> WriteAsync(
        OutgoingContent content, PipeWriter output, Func<ValueTask<bool>> flush, Func<bool> mayEnd)
    {
        var state = State.LineStart;
        if (content.IsConverted)
        {
            foreach (var piece in content.Converted())
            {
                state = WritePiece(piece.Span, output, state);
                if (output.UnflushedBytes >= FlushThreshold && !await flush()) return false;
            }
        }
        else
        {
            foreach (var segment in content.Original)
            {
                for (var rest = segment; !rest.IsEmpty; rest = rest[Math.Min(FlushThreshold, rest.Length)..])
                {
                    state = WritePiece(rest.Span[..Math.Min(FlushThreshold, rest.Length)], output, state);
                    if (output.UnflushedBytes >= FlushThreshold && !await flush()) return false;
                }
            }
        }

        if (content.Length > MaxUnflushedTail && !await flush()) return false;
        if (!mayEnd()) return false;
        output.Write(state == State.LineStart ? ".\r\n"u8 : "\r\n.\r\n"u8);
        return await flush();
    }

    private enum State
    {
        LineStart,
        Line,
        Cr,
    }

    private static State WritePiece(ReadOnlySpan<byte> piece, PipeWriter output, State state)
    {
        while (!piece.IsEmpty)
        {
            if (state == State.LineStart && piece[0] == '.') output.Write("."u8);
            if (state == State.Cr && piece[0] == '\n')
            {
                output.Write(piece[..1]);
                piece = piece[1..];
                state = State.LineStart;
                continue;
            }

            // Octets up to the next line end followed by a dot are copied unchanged.
            var end = piece.IndexOf("\r\n."u8);
            if (end >= 0)
            {
                output.Write(piece[..(end + 2)]);
                piece = piece[(end + 2)..];
                state = State.LineStart;
                continue;
            }

            output.Write(piece);
            return piece.EndsWith("\r\n"u8) ? State.LineStart : piece[^1] == '\r' ? State.Cr : State.Line;
        }

        return state;
    }
}
