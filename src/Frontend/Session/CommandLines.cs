using System.Buffers;
using System.IO.Pipelines;
using Postfleet.Contracts.Receiving;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Protocol;

namespace Postfleet.Frontend.Session;

/// <summary>
/// Handles the command lines of a batch in order: parses each line, passes it to the session's machine and writes the reply. Used by the
/// session's loop alone.
/// </summary>
internal sealed class CommandLines(SessionMachine machine, SessionReplies replies)
{
    /// <summary>
    /// A batch stops at this many unflushed octets of replies: memory for a client sending without reading is bounded.
    /// </summary>
    private const int MaxUnflushed = 16 * 1024;

    private bool _isSkippingLine;

    /// <summary>Number of lines so far, invalid lines included.</summary>
    public long Count { get; private set; }

    /// <summary>Handles lines up to the first whose result has an effect for the loop.</summary>
    /// <param name="buffer">The unhandled input.</param>
    /// <param name="output">The writer of the replies.</param>
    /// <param name="consumed">The position behind the last handled line.</param>
    /// <param name="isAll">Whether the rest of the buffer contains no complete line.</param>
    public SessionEffect Handle(ReadOnlySequence<byte> buffer, PipeWriter output, out SequencePosition consumed, out bool isAll)
    {
        var effect = SessionEffect.None;
        var result = LineResult.Line;
        while (effect == SessionEffect.None && output.UnflushedBytes < MaxUnflushed
            && (result = LineParser
                .Read(ref buffer, ref _isSkippingLine, machine.MaxLine, machine.IsTrusted, out var line)) != LineResult.Incomplete)
        {
            Count++;
            effect = result switch
            {
                LineResult.TooLong => replies.Refuse(
                    machine.EndDialogue() ? Replies.ResponseTooLong : Replies.LineTooLong, "a line that is too long"u8),
                LineResult.BareCr => machine.EndDialogue() ? replies.Refuse(Replies.NotBase64, "a response with a bare CR"u8)
                    : replies.Refuse(Replies.BareLineEnd, "a line with a bare CR"u8),
                // Refused at once, and the session ends: the client would wait for a reply which a line without CR never gets, and the
                // begin of the next command would be a guess.
                LineResult.BareLf => replies.Refuse(Replies.BareLineEnd, "a line with a bare LF"u8, SessionEffect.Close),
                _ => Handle(line),
            };
        }

        if (effect == SessionEffect.Ask && machine is { Question: Question<RecipientSubject>, Login.User.MaxNewRecipients.IsNone: false })
            machine.Transaction.Pipelined = PipelinedRecipients.Read(buffer, machine);
        consumed = buffer.Start;
        isAll = result == LineResult.Incomplete;
        return effect;
    }

    private SessionEffect Handle(ReadOnlySequence<byte> line)
    {
        if (line.IsSingleSegment) return Handle(line.FirstSpan);
        // The parser bounds the length by MaxLine of the session's machine.
        var length = (int)line.Length;
        Span<byte> copy = length <= FrontendLimits.CommandLine ? stackalloc byte[FrontendLimits.CommandLine] : new byte[length];
        line.CopyTo(copy);
        return Handle(copy[..length]);
    }

    private SessionEffect Handle(ReadOnlySpan<byte> line)
    {
        var result = machine.Handle(line);
        if (machine.Masked is { } masked) line = masked;
        return replies.CountCommand() ? replies.Refuse(Replies.TooManyCommands, line, SessionEffect.Close) : replies.Reply(result, line);
    }
}
