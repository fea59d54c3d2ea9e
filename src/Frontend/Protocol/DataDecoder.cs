using System.Buffers;

namespace Postfleet.Frontend.Protocol;

/// <summary>
/// Takes the content out of the octets behind DATA: finds CRLF.CRLF, which alone ends it, and undoes the dot-stuffing (RFC 5321 section 4.5.2). A bare CR or
/// LF never begins a line, so that nothing can be smuggled past the end; it is noted, for the message to be refused. Pieces may be split
/// anywhere.
/// </summary>
internal sealed class DataDecoder(ContentBuilder content, long maxLength) : ContentDecoder(content, maxLength)
{
    private State _state = State.LineStart;

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
                RefuseLineEnd();
                continue;
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
        return octets.Length;
    }

    private void Step(byte octet)
    {
        switch (_state)
        {
            case State.LineStart when octet == '.': _state = State.Dot; return;
            case State.Cr when octet == '\n': Take([octet], State.LineStart); return;
            case State.Dot when octet == '\r': _state = State.DotCr; return;
            case State.DotCr when octet == '\n': _state = State.Done; return;
            // Here the CR came alone. What followed the dot is content, but of a message that is refused: nothing of it is kept.
            case State.Cr or State.DotCr: RefuseLineEnd(); break;
        }

        if (octet == '\n') RefuseLineEnd();
        Take([octet], octet == '\r' ? State.Cr : State.Line);
    }
}
