using System.Buffers;

namespace Postfleet.Frontend.Protocol;

/// <summary>
/// Takes the content out of the octets behind DATA: finds CRLF.CRLF, which alone ends it, and undoes the dot-stuffing (RFC 5321 section 4.5.2). A bare CR or
/// LF never begins a line, so that nothing can be smuggled past the end; it is noted, for the message to be refused. Pieces may be split
/// anywhere.
/// </summary>
internal sealed class DataDecoder(ContentBuilder content, long maxLength)
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

    /// <summary>Whether a CR without LF or an LF without CR was among the content.</summary>
    public bool HasBareLineEnd { get; private set; }

    /// <summary>Whether the content is longer than it may be; what is too long is dropped.</summary>
    public bool IsTooLong { get; private set; }

    /// <summary>Whether the end was found.</summary>
    public bool IsDone => _state == State.Done;

    /// <summary>Takes as much as belongs to the message.</summary>
    /// <returns>Where in the input the message's octets end: its end, unless the message ends before.</returns>
    public SequencePosition Decode(ReadOnlySequence<byte> input)
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
            if (_state == State.Line)
            {
                i += TakeLine(input[i..]);
                continue;
            }

            Step(input[i++]);
        }

        return i;
    }

    // The rest of a line, up to and with its CR: the one place that moves many octets at a time.
    private int TakeLine(ReadOnlySpan<byte> input)
    {
        var end = input.IndexOfAny((byte)'\r', (byte)'\n');
        if (end < 0)
        {
            Append(input);
            return input.Length;
        }

        Append(input[..(end + 1)]);
        if (input[end] == '\r') _state = State.Cr;
        else HasBareLineEnd = true;
        return end + 1;
    }

    private void Step(byte octet)
    {
        switch (_state)
        {
            case State.LineStart when octet == '.': _state = State.Dot; return;
            case State.Cr when octet == '\n': Put(octet, State.LineStart); return;
            case State.Cr: HasBareLineEnd = true; PutInLine(octet); return;
            case State.Dot when octet == '\r': _state = State.DotCr; return;
            case State.Dot: PutInLine(octet); return;
            case State.DotCr when octet == '\n': _state = State.Done; return;
            case State.DotCr:
                HasBareLineEnd = true;
                Append("\r"u8);
                PutInLine(octet);
                return;
            default: PutInLine(octet); return;
        }
    }

    private void PutInLine(byte octet)
    {
        if (octet == '\n') HasBareLineEnd = true;
        Put(octet, octet == '\r' ? State.Cr : State.Line);
    }

    private void Put(byte octet, State next)
    {
        Append([octet]);
        _state = next;
    }

    private void Append(ReadOnlySpan<byte> octets)
    {
        if (IsTooLong) return;
        if (content.Length + octets.Length > maxLength) IsTooLong = true;
        else content.Append(octets);
    }
}
