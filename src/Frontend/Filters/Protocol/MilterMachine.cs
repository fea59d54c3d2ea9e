using System.Buffers;
using System.Text;
using Postfleet.Contracts.Receiving;

namespace Postfleet.Frontend.Filters.Protocol;

/// <summary>
/// The dialogue with a filter over one connection: which commands are sent, and what the replies mean. The caller moves the octets and
/// keeps the order of the stages. Pure.
/// </summary>
/// <param name="maxBody">The greatest length of a new body in octets.</param>
internal sealed class MilterMachine(long maxBody)
{
    private readonly HashSet<MilterCommand> _skipped = [];
    private MilterCommand _asked;

    /// <summary>What the filter has agreed on; null before.</summary>
    public MilterAgreement? Agreement { get; private set; }

    /// <summary>The changes of the message so far; null outside of the end of a message.</summary>
    public MilterChanges? Changes { get; private set; }

    /// <summary>Whether the filter is in the middle of a message.</summary>
    public bool IsInMessage { get; private set; }

    /// <summary>Writes the offer of options.</summary>
    public static void WriteOffer(IBufferWriter<byte> output) =>
        MilterFrames.Write(output, MilterCommand.Negotiate, MilterAgreement.Offer());

    /// <summary>Takes the filter's answer to the offer.</summary>
    /// <exception cref="FilterException">The answer is malformed, or asks for what was not offered.</exception>
    public void Agree(in MilterFrame frame) => Agreement = MilterAgreement.Read(frame);

    /// <summary>Whether a command is to be sent: the filter wants it, and has not skipped the commands of its kind.</summary>
    public bool Wants(MilterCommand command) => Agreement!.Wants(command) && !_skipped.Contains(command);

    /// <summary>Writes a command with its macros.</summary>
    /// <param name="command">The command.</param>
    /// <param name="length">The length of its data, which follows.</param>
    /// <param name="macro">The value of a macro.</param>
    /// <param name="output">Receives the frames.</param>
    /// <returns>Whether the filter answers.</returns>
    public bool Begin(MilterCommand command, int length, Func<string, string?> macro, IBufferWriter<byte> output)
    {
        if (MilterMacros.For(command, Agreement!, macro) is { } macros) MilterFrames.Write(output, MilterCommand.Macros, macros);
        MilterFrames.WriteHead(output, command, length);
        _asked = command;
        if (command == MilterCommand.Mail)
        {
            IsInMessage = true;
            _skipped.Clear();
        }

        // A filter may want no MAIL (SMFIP_NOMAIL).
        if (command is MilterCommand.Recipient or MilterCommand.Data or MilterCommand.Header or MilterCommand.EndOfHeader
            or MilterCommand.Body or MilterCommand.EndOfBody) IsInMessage = true;
        return Agreement!.Answers(command);
    }

    /// <summary>Begins the end of a message: its answer may have changes.</summary>
    public void BeginChanges(IMessageMemory memory) => Changes = new MilterChanges(Agreement!.Actions, memory, maxBody);

    /// <summary>Writes the end of an unfinished message, which has no reply.</summary>
    public void Abort(IBufferWriter<byte> output)
    {
        if (!IsInMessage) return;
        EndMessage();
        MilterFrames.Write(output, MilterCommand.Abort, []);
    }

    /// <summary>Takes a reply to the last command.</summary>
    /// <returns>The answer; null where the filter still works, or sends more changes.</returns>
    /// <exception cref="FilterException">The reply is malformed, or not allowed here.</exception>
    public MilterAnswer? Receive(in MilterFrame frame)
    {
        var reply = (MilterReply)frame.Code;
        if (reply == MilterReply.Progress) return null;
        if (Changes is { } changes && changes.TryAdd(reply, frame.Data)) return null;
        var answer = AnswerOf(reply, frame.Data);
        // The reply to the end of a message ends the message, and so does the acceptance of the rest.
        if (_asked == MilterCommand.EndOfBody || (_asked == MilterCommand.Mail && answer.Decision != MilterDecision.Continue)) EndMessage();
        if (answer.Decision == MilterDecision.Skip) _skipped.Add(_asked);
        return answer;
    }

    /// <summary>Forgets the changes of a message, once they are applied.</summary>
    public void EndChanges() => Changes = null;

    private void EndMessage()
    {
        IsInMessage = false;
        _skipped.Clear();
    }

    private MilterAnswer AnswerOf(MilterReply reply, ReadOnlySequence<byte> data) => reply switch
    {
        MilterReply.Continue => new(MilterDecision.Continue),
        MilterReply.Accept => new(MilterDecision.Accept),
        MilterReply.Discard when IsInMessage => new(MilterDecision.Discard),
        MilterReply.Refuse => new(MilterDecision.Refuse),
        MilterReply.Defer => new(MilterDecision.Defer),
        MilterReply.ShutDown or MilterReply.ConnectionFails => new(MilterDecision.Close),
        MilterReply.ReplyCode => FromCode(data),
        MilterReply.Skip when _asked is MilterCommand.Body or MilterCommand.Header or MilterCommand.Recipient => new(MilterDecision.Skip),
        _ => throw FilterException.Malformed(
            $"its reply '{(IsPrintable(reply) ? (char)reply : '?')}' is not allowed after the command '{(char)_asked}'"),
    };

    private static bool IsPrintable(MilterReply reply) => (byte)reply is > 0x20 and < 0x7f;

    private static MilterAnswer FromCode(ReadOnlySequence<byte> data)
    {
        // libmilter ends the text with a NUL.
        var text = Encoding.Latin1.GetString(data).TrimEnd('\0');
        var lines = MilterReplyText.Read(text);
        return new(lines[0][0] == '4' ? MilterDecision.Defer : MilterDecision.Refuse, lines);
    }
}
