using System.Buffers;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;

namespace Postfleet.Frontend.Filters.Protocol;

/// <summary>How a header is changed.</summary>
internal enum HeaderChangeKind
{
    /// <summary>A field is added at the end.</summary>
    Add,

    /// <summary>A field is inserted at a position among all fields, that of this host included, counted from 0.</summary>
    Insert,

    /// <summary>The nth field of a name, counted from 1, gets another value; an empty value removes the field.</summary>
    Change,
}

/// <summary>A change of the header.</summary>
internal sealed record HeaderChange(HeaderChangeKind Kind, uint Index, string Name, string Value);

/// <summary>
/// The changes that a filter sends at the end of a message, in their order. Their number and size are bounded, and their memory is
/// reserved before it is used. Pure.
/// </summary>
/// <param name="actions">The changes that were agreed on.</param>
/// <param name="memory">The memory of the message.</param>
/// <param name="maxBody">The greatest length of a new body.</param>
internal sealed class MilterChanges(MilterActions actions, IMessageMemory memory, long maxBody)
{
    // Each looks for its field in the whole header.
    private const int MaxHeaders = 1000;

    private const int MaxRecipients = 10_000;

    // Estimate of the objects of a change.
    private const int ObjectsOfChange = 512;

    private readonly List<HeaderChange> _headers = [];
    private readonly List<(Mailbox Mailbox, string Parameters, bool IsAdded)> _recipients = [];

    /// <summary>The changes of the header.</summary>
    public IReadOnlyList<HeaderChange> Headers => _headers;

    /// <summary>The added and removed recipients, with the parameters of added ones.</summary>
    public IReadOnlyList<(Mailbox Mailbox, string Parameters, bool IsAdded)> Recipients => _recipients;

    /// <summary>The new body; null for none.</summary>
    public BodyReplacement? Body { get; private set; }

    /// <summary>The new reverse-path; null for none.</summary>
    public ChangedSender? Sender { get; private set; }

    /// <summary>Why the message is quarantined; null where it is not.</summary>
    public string? Quarantine { get; private set; }

    /// <summary>Adds a change.</summary>
    /// <param name="reply">The kind of the change.</param>
    /// <param name="data">Its data.</param>
    /// <returns>Whether the reply is a change.</returns>
    /// <exception cref="MilterException">The change is malformed, was not agreed on, or there is no memory.</exception>
    public bool TryAdd(MilterReply reply, ReadOnlySequence<byte> data)
    {
        if (Needed(reply) is not { } needed) return false;
        if ((actions & needed) == 0) throw MilterException.Malformed($"it sends the change '{(char)reply}', which it did not announce");
        Reserve(data.Length + ObjectsOfChange);
        switch (reply)
        {
            case MilterReply.AddHeader: AddHeader(HeaderChangeKind.Add, 0, ref data); break;
            case MilterReply.InsertHeader: AddHeader(HeaderChangeKind.Insert, MilterFrames.ReadNumber(ref data), ref data); break;
            case MilterReply.ChangeHeader: AddHeader(HeaderChangeKind.Change, MilterFrames.ReadNumber(ref data), ref data); break;
            case MilterReply.ReplaceBody: Replace(data); break;
            case MilterReply.AddRecipient or MilterReply.AddRecipientWithParameters or MilterReply.DeleteRecipient:
                if (_recipients.Count == MaxRecipients) throw MilterException.Malformed("it changes too many recipients");
                var address = MilterFrames.ReadText(ref data);
                var parameters = reply == MilterReply.AddRecipientWithParameters && !data.IsEmpty ? MilterFrames.ReadText(ref data) : "";
                if (Parse(address) is { } mailbox) _recipients.Add((mailbox, parameters, reply != MilterReply.DeleteRecipient));
                else if (reply != MilterReply.DeleteRecipient) throw MilterException.Malformed("it adds a recipient that is no address");
                break;
            case MilterReply.ChangeSender:
                var sender = MilterFrames.ReadText(ref data);
                if (sender is not ("<>" or "") && Parse(sender) is null)
                    throw MilterException.Malformed("it sets a sender that is no address");
                Sender = new ChangedSender(Parse(sender));
                break;
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
        if (_headers.Count == MaxHeaders) throw MilterException.Malformed($"it changes more than {MaxHeaders} header fields");
        var name = MilterFrames.ReadText(ref data);
        var value = MilterFrames.ReadText(ref data);
        // A colon or a line end in the name would make another field.
        if (name.Length == 0 || name.AsSpan().ContainsAnyExceptInRange('!', '~') || name.Contains(':'))
            throw MilterException.Malformed("it sends a malformed name of a header field");
        _headers.Add(new HeaderChange(kind, index, name, value));
    }

    private void Replace(ReadOnlySequence<byte> data)
    {
        Body ??= new BodyReplacement(maxBody);
        var before = Body.Length;
        Body.Append(data);
        // Line ends may have made it longer.
        if (Body.Length - before > data.Length) Reserve(Body.Length - before - data.Length);
    }

    private void Reserve(long octets)
    {
        if (!memory.TryReserve(octets)) throw new MilterException(FilterFault.NoMemory, "there is no memory for its changes");
    }

    // Addresses with other characters would need SMTPUTF8, which the client may not have asked for.
    private static Mailbox? Parse(string address)
    {
        var text = address.Trim();
        if (text is ['<', .. var inner, '>']) text = inner;
        return Mailbox.TryParse(text, out var mailbox) && mailbox.IsAscii ? mailbox : null;
    }
}
