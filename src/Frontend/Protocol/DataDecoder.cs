using System.Buffers;

namespace Postfleet.Frontend.Protocol;

/// <summary>
/// Takes the content out of the octets behind DATA: finds CRLF.CRLF, which alone ends it, and undoes the dot-stuffing (RFC 5321 section
/// 4.5.2). A bare CR refuses the message, and so does a bare LF of a client that is not trusted. A bare LF of one that is becomes CRLF, in
/// front of which a dot never ends the message, so that nothing can be smuggled past the end. Pieces may be split anywhere.
/// </summary>
/// <param name="content">Where the content goes.</param>
/// <param name="maxLength">Most octets of content.</param>
/// <param name="takesBareLf">Whether an LF without CR ends a line and becomes CRLF; otherwise it refuses the message.</param>
internal sealed class DataDecoder(ContentBuilder content, long maxLength, bool takesBareLf)
    : ContentDecoder(content, maxLength, takesBareLf)
{
    private static readonly byte[] LoneDot = [(byte)'.', (byte)'\r', (byte)'\n'];

    private State _state = State.LineStart;

    // Whether the line begins behind an LF without CR.
    private bool _isBehindBareLf;

    private enum State
    {
        LineStart,
        Line,
        Cr,
        Dot,
        DotCr,
        Done,
    }

    /// <inheritdoc/>
    public override bool IsDone => _state == State.Done;

    /// <inheritdoc/>
    public override SequencePosition Decode(ReadOnlySequence<byte> input)
    {
        var taken = 0L;
        foreach (var memory in input)
        {
            taken += Decode(memory.Span);
            if (IsDone) break;
        }

        return input.GetPosition(taken);
    }

    private int Decode(ReadOnlySpan<byte> input)
    {
        var i = 0;
        while (i < input.Length && _state != State.Done)
        {
            if (_state == State.Line) i += TakeLines(input[i..]);
            else Step(input[i++]);
        }

        return i;
    }

    // As many lines as there are, in one piece, up to one that begins with a dot: the one place that moves many octets at a time.
    private int TakeLines(ReadOnlySpan<byte> input)
    {
        var i = 0;
        while (true)
        {
            var offset = input[i..].IndexOfAny((byte)'\r', (byte)'\n');
            if (offset < 0) return Take(input, State.Line);
            i += offset + 1;
            if (input[i - 1] == '\n')
            {
                Append(input[..(i - 1)]);
                BeginBehindBareLf();
                return i;
            }

            if (i == input.Length) return Take(input, State.Cr);
            if (input[i] != '\n')
            {
                RefuseLineEnd();
                continue;
            }

            i++;
            if (i == input.Length || input[i] == '.') return Take(input[..i], State.LineStart);
        }
    }

    private int Take(ReadOnlySpan<byte> octets, State next)
    {
        Append(octets);
        _state = next;
        _isBehindBareLf = false;
        return octets.Length;
    }

    // Nothing is read beyond: whether a command or more content follows cannot be told.
    private void EndOddly()
    {
        RefuseLineEnd();
        HasOddEnd = true;
        _state = State.Done;
    }

    private void BeginBehindBareLf()
    {
        EndBareLine();
        (_state, _isBehindBareLf) = (State.LineStart, true);
    }

    private void Step(byte octet)
    {
        switch (_state)
        {
            case State.LineStart when octet == '.': _state = State.Dot; return;
            case State.Cr when octet == '\n': Take([octet], State.LineStart); return;
            case State.Dot when octet == '\r': _state = State.DotCr; return;
            case State.DotCr when octet == '\n' && !_isBehindBareLf: _state = State.Done; return;
            case State.DotCr or State.Dot when octet == '\n' && !TakesBareLf: EndOddly(); return;
            case State.DotCr when octet == '\n': Take(LoneDot, State.LineStart); return;
            case State.Dot when octet == '\n': Append(LoneDot.AsSpan(0, 1)); BeginBehindBareLf(); return;
            // Whoever stuffs dots behind an LF sends two of them; whoever does not means the one.
            case State.Dot when _isBehindBareLf && octet != '.': Append(LoneDot.AsSpan(0, 1)); break;
            // Here the CR came alone. What followed the dot is content, but of a message that is refused: nothing of it is kept.
            case State.Cr or State.DotCr: RefuseLineEnd(); break;
        }

        if (octet == '\n') BeginBehindBareLf();
        else Take([octet], octet == '\r' ? State.Cr : State.Line);
    }
}
