using System.Buffers;
using System.IO.Pipelines;
using Postfleet.Frontend.Protocol;

namespace Postfleet.Frontend.Session;

/// <summary>
/// Takes the lines of a batch one after the other, has the machine decide, and has the client told. Used by the session's loop alone.
/// </summary>
internal sealed class CommandLines(SessionMachine machine, Conduct conduct)
{
    /// <summary>Replies are flushed once they are this many octets, so that a client which sends without reading holds no more.</summary>
    private const int MaxUnflushed = 16 * 1024;

    private bool _isSkippingLine;

    /// <summary>Lines so far, the bad ones too.</summary>
    public long Count { get; private set; }

    /// <summary>Handles lines up to the first that the loop has to do something for.</summary>
    /// <param name="buffer">The unhandled input.</param>
    /// <param name="output">Where the replies go.</param>
    /// <param name="consumed">The first unhandled octet afterwards.</param>
    /// <param name="isAll">Whether no whole line is left.</param>
    public SessionEffect Handle(ReadOnlySequence<byte> buffer, PipeWriter output, out SequencePosition consumed, out bool isAll)
    {
        var effect = SessionEffect.None;
        var result = LineResult.Line;
        while (effect == SessionEffect.None && output.UnflushedBytes < MaxUnflushed
            && (result = LineParser.Read(ref buffer, ref _isSkippingLine, machine.IsTrusted, out var line)) != LineResult.Incomplete)
        {
            Count++;
            effect = result switch
            {
                LineResult.TooLong => conduct.Refuse(Replies.LineTooLong, "a line that is too long"u8),
                LineResult.BareCr => conduct.Refuse(Replies.BareLineEnd, "a line with a bare CR"u8),
                // At once, and the end: such a client would wait for ever for what a line without CR never gets, and where its next command
                // begins would be a guess.
                LineResult.BareLf => conduct.Refuse(Replies.BareLineEnd, "a line with a bare LF"u8, SessionEffect.Close),
                _ => Handle(line),
            };
        }

        consumed = buffer.Start;
        isAll = result == LineResult.Incomplete;
        return effect;
    }

    private SessionEffect Handle(ReadOnlySequence<byte> line)
    {
        if (line.IsSingleSegment) return Handle(line.FirstSpan);
        Span<byte> copy = stackalloc byte[FrontendLimits.CommandLine];
        line.CopyTo(copy);
        return Handle(copy[..(int)line.Length]);
    }

    private SessionEffect Handle(ReadOnlySpan<byte> line)
    {
        var answer = machine.Handle(line);
        return conduct.IsTooLong() ? conduct.Refuse(Replies.TooManyCommands, line, SessionEffect.Close) : conduct.Say(answer, line);
    }
}
