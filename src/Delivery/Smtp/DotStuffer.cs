using System.Buffers;
using System.IO.Pipelines;

namespace Postfleet.Delivery.Smtp;

/// <summary>
/// Sends content behind DATA: doubles the dot of lines that begin with one and ends with <c>CRLF.CRLF</c> (RFC 5321 section 4.5.2). Octets
/// go to the connection in large pieces, and only as fast as it takes them.
/// </summary>
internal static class DotStuffer
{
    private const int Piece = 64 * 1024;

    // What a connection takes at once, whose replies have all come: so that nothing of it waits for the peer between the decision to end
    // and the end.
    private const int Held = 16 * 1024;

    /// <summary>Writes content and its end.</summary>
    /// <param name="content">The content; nothing is changed in it here but the dots, and a CRLF is added if the last line lacks
    /// it.</param>
    /// <param name="output">Where to.</param>
    /// <param name="flush">Sends what is written so far; false when the peer is gone or too slow, which ends the writing.</param>
    /// <param name="mayEnd">Asked immediately before the end is written, when the rest is sent or small; false ends the writing.</param>
    /// <returns>Whether the end was sent.</returns>
    public static async ValueTask<bool> WriteAsync(
        OutgoingContent content, PipeWriter output, Func<ValueTask<bool>> flush, Func<bool> mayEnd)
    {
        var state = State.LineStart;
        if (content.IsConverted)
        {
            foreach (var piece in content.Converted())
            {
                state = WritePiece(piece.Span, output, state);
                if (output.UnflushedBytes >= Piece && !await flush()) return false;
            }
        }
        else
        {
            foreach (var segment in content.Original)
            {
                for (var rest = segment; !rest.IsEmpty; rest = rest[Math.Min(Piece, rest.Length)..])
                {
                    state = WritePiece(rest.Span[..Math.Min(Piece, rest.Length)], output, state);
                    if (output.UnflushedBytes >= Piece && !await flush()) return false;
                }
            }
        }

        if (content.Length > Held && !await flush()) return false;
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

            // Up to the next line end that is followed by a dot: all before it goes as it is.
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
