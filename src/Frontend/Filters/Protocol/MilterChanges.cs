using System.Buffers;
using Postfleet.Contracts.Receiving;

namespace Postfleet.Frontend.Filters.Protocol;

/// <summary>The changes that a milter sends at the end of a message. Pure.</summary>
/// <param name="actions">The changes that were agreed on.</param>
/// <param name="memory">The memory of the message.</param>
/// <param name="maxBody">The greatest length of a new body.</param>
internal sealed class MilterChanges(MilterActions actions, IMessageMemory memory, long maxBody) : FilterChanges(memory, maxBody)
{
    /// <summary>Adds a change.</summary>
    /// <param name="reply">The kind of the change.</param>
    /// <param name="data">Its data.</param>
    /// <returns>False where the reply is no change.</returns>
    /// <exception cref="FilterException">The change is malformed, was not agreed on, or exceeds the bounds.</exception>
    public bool TryAdd(MilterReply reply, ReadOnlySequence<byte> data)
    {
        if (Needed(reply) is not { } needed) return false;
        if ((actions & needed) == 0) throw FilterException.Malformed($"it sends the change '{(char)reply}', which it did not announce");
        Reserve(data.Length);
        switch (reply)
        {
            case MilterReply.AddHeader: AddHeader(HeaderChangeKind.Add, 0, ref data); break;
            case MilterReply.InsertHeader: AddHeader(HeaderChangeKind.Insert, MilterFrames.ReadNumber(ref data), ref data); break;
            case MilterReply.ChangeHeader: AddHeader(HeaderChangeKind.Change, MilterFrames.ReadNumber(ref data), ref data); break;
            case MilterReply.ReplaceBody: ReplaceBody(data); break;
            case MilterReply.AddRecipient: AddRecipient(MilterFrames.ReadText(ref data), ""); break;
            case MilterReply.AddRecipientWithParameters:
                AddRecipient(MilterFrames.ReadText(ref data), data.IsEmpty ? "" : MilterFrames.ReadText(ref data));
                break;
            case MilterReply.DeleteRecipient: DeleteRecipient(MilterFrames.ReadText(ref data)); break;
            case MilterReply.ChangeSender: SetSender(MilterFrames.ReadText(ref data)); break;
            default: Quarantine = MilterFrames.ReadText(ref data); break;
        }

        return true;
    }

    private static MilterActions? Needed(MilterReply reply) => reply switch
    {
        MilterReply.AddHeader or MilterReply.InsertHeader => MilterActions.AddHeader,
        MilterReply.ChangeHeader => MilterActions.ChangeHeader,
        MilterReply.ReplaceBody => MilterActions.ReplaceBody,
        MilterReply.AddRecipient => MilterActions.AddRecipient,
        MilterReply.AddRecipientWithParameters => MilterActions.AddRecipientWithParameters,
        MilterReply.DeleteRecipient => MilterActions.DeleteRecipient,
        MilterReply.ChangeSender => MilterActions.ChangeSender,
        MilterReply.Quarantine => MilterActions.Quarantine,
        _ => null,
    };

    private void AddHeader(HeaderChangeKind kind, uint index, ref ReadOnlySequence<byte> data)
    {
        var name = MilterFrames.ReadText(ref data);
        AddHeader(kind, index, name, MilterFrames.ReadText(ref data));
    }
}
