using System.Buffers;

namespace Postfleet.Frontend.Protocol;

/// <summary>
/// Decodes the content after DATA: finds the end, only CRLF.CRLF, and removes the dot-stuffing (RFC 5321 section 4.5.2). A
/// bare CR refuses the message. A bare LF refuses the message of an untrusted client and becomes CRLF in the message of a trusted client; a
/// dot next to a bare LF never ends the message, so no command can be smuggled in (SMTP smuggling). Input may be split anywhere.
/// </summary>
/// <param name="content">Collects the content.</param>
/// <param name="maxLength">Greatest length of the content in octets, the trace header included.</param>
/// <param name="acceptsBareLf">Whether an LF without CR ends a line and becomes CRLF; otherwise it refuses the message.</param>
internal sealed class DataDecoder(ContentBuilder content, long maxLength, bool acceptsBareLf)
    : ContentDecoder(content, maxLength, acceptsBareLf)
{
    private static readonly byte[] LoneDot = [(byte)'.', (byte)'\r', (byte)'\n'];

    private State _state = State.LineStart;

    // Whether the present line began after a bare LF.
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
        var consumed = 0L;
        foreach (var memory in input)
        {
            consumed += Decode(memory.Span);
            if (IsDone) break;
        }

        return input.GetPosition(consumed);
    }

    private int Decode(ReadOnlySpan<byte> input)
    {
        var i = 0;
        while (i < input.Length && _state != State.Done)
        {
            if (_state == State.Line) i += AppendLines(input[i..]);
            else Step(input[i++]);
        }

        return i;
    }

    // Appends whole lines in one piece, up to a line beginning with a dot.
    private int AppendLines(ReadOnlySpan<byte> input)
    {
        var i = 0;
        while (true)
        {
            var offset = input[i..].IndexOfAny((byte)'\r', (byte)'\n');
            if (offset < 0) return Append(input, State.Line);
            i += offset + 1;
            if (input[i - 1] == '\n')
            {
                Append(input[..(i - 1)]);
                BeginBehindBareLf();
                return i;
            }

            if (i == input.Length) return Append(input, State.Cr);
            if (input[i] != '\n')
            {
                RefuseLineEnd();
                continue;
            }

            i++;
            if (i == input.Length || input[i] == '.') return Append(input[..i], State.LineStart);
        }
    }

    private int Append(ReadOnlySpan<byte> octets, State next)
    {
        Append(octets);
        _state = next;
        _isBehindBareLf = false;
        return octets.Length;
    }

    // Decoding stops: the following octets may be content or commands.
    private void EndAmbiguously()
    {
        RefuseLineEnd();
        HasAmbiguousEnd = true;
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
            case State.Cr when octet == '\n': Append([octet], State.LineStart); return;
            case State.Dot when octet == '\r': _state = State.DotCr; return;
            case State.DotCr when octet == '\n' && !_isBehindBareLf: _state = State.Done; return;
            case State.DotCr or State.Dot when octet == '\n' && !AcceptsBareLf: EndAmbiguously(); return;
            case State.DotCr when octet == '\n': Append(LoneDot, State.LineStart); return;
            case State.Dot when octet == '\n': Append(LoneDot.AsSpan(0, 1)); BeginBehindBareLf(); return;
            // A client stuffing dots after a bare LF sends two dots; a single dot is content of other clients.
            case State.Dot when _isBehindBareLf && octet != '.': Append(LoneDot.AsSpan(0, 1)); break;
            // A bare CR. The skipped dot need not be restored, since the message is refused.
            case State.Cr or State.DotCr: RefuseLineEnd(); break;
        }

        if (octet == '\n') BeginBehindBareLf();
        else Append([octet], octet == '\r' ? State.Cr : State.Line);
    }
}
