using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Frontend.Intake;
using Postfleet.Frontend.Protocol;

namespace Postfleet.Frontend.Session;

/// <summary>
/// One mail transaction: what MAIL and RCPT have said so far, what checks have said about it, and the content that has come. The session's
/// machine owns it, and all of it ends
/// together. Its recipients count in the memory of all sessions, since a thousand of them, with what is asked for each, are more than a
/// megabyte. Used by the session's loop alone.
/// </summary>
/// <param name="memory">What the recipients take; given back when the transaction is over.</param>
internal sealed class Transaction(BodyMemory.Lease memory)
{
    // The objects of a recipient, and its text: as local part, as domain, as address, and in the set that finds it again, two octets a
    // character.
    private const int ObjectsOfRecipient = 256;
    private const int OctetsPerCharacter = 6;

    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private List<ReadOnlyMemory<byte>>? _headers;
    private List<Mailbox>? _discarded;
    private bool _isDiscarded;

    public Mailbox? ReversePath { get; private set; }

    /// <summary>What MAIL said beside the path.</summary>
    public MailParameters Parameters { get; private set; }

    /// <summary>The recipients, each once: an address that is named twice is delivered to once.</summary>
    public List<Mailbox> Recipients { get; private set; } = [];

    /// <summary>
    /// What RCPT asked of the reports about recipients, where it asked anything. Of an address that is named twice the first counts.
    /// </summary>
    public Dictionary<Mailbox, DsnRequest> Requests { get; private set; } = [];

    /// <summary>RCPT commands that were accepted.</summary>
    public int Accepted { get; private set; }

    /// <summary>The headers that checks have added, in the order in which they gave them; null for none.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>>? Headers => _headers;

    /// <summary>The recipients that a check has discarded: their client was told that they were taken. Null for none.</summary>
    public IReadOnlyList<Mailbox>? Discarded => _discarded;

    /// <summary>The check that was the last to discard something, a recipient or the message; null for none.</summary>
    public string? DiscardedBy { get; private set; }

    /// <summary>Whether nobody gets the message.</summary>
    public bool IsDiscarded => _isDiscarded || (Recipients.Count == 0 && _discarded is not null);

    /// <summary>The message's id; there is one as soon as its content begins to come.</summary>
    public MessageId Id { get; private set; }

    /// <summary>When its content began to come, as a time stamp of the clock.</summary>
    public long ContentBegan { get; private set; }

    /// <summary>What holds the content that has come; null where none has. The transaction gives it back when it is over.</summary>
    public IDisposable? Content { get; private set; }

    public void Begin(Mailbox? reversePath, in MailParameters parameters) => (ReversePath, Parameters) = (reversePath, parameters);

    /// <summary>The content begins to come.</summary>
    public void BeginContent(MessageId id, long now, IDisposable content) => (Id, ContentBegan, Content) = (id, now, content);

    /// <summary>Forgets the content.</summary>
    public void DropContent()
    {
        Content?.Dispose();
        Content = null;
    }

    /// <summary>Takes what the checks of MAIL or of the content have said.</summary>
    /// <returns>False when there is no memory for it.</returns>
    public bool TryMark(in StageResult result)
    {
        if (!TryAddHeaders(result)) return false;
        if (result.IsDiscarded) (_isDiscarded, DiscardedBy) = (true, result.By);
        return true;
    }

    /// <summary>Takes a recipient.</summary>
    /// <param name="recipient">The recipient.</param>
    /// <param name="request">What is asked of the reports about it.</param>
    /// <param name="result">What its checks have said.</param>
    /// <returns>False when there is no memory for it.</returns>
    public bool TryAdd(Mailbox recipient, DsnRequest request, in StageResult result)
    {
        var characters = recipient.Address.Length + request.OriginalRecipient.Length;
        if (!memory.TryTake(ObjectsOfRecipient + characters * OctetsPerCharacter) || !TryAddHeaders(result)) return false;
        Accepted++;
        if (!_known.Add(recipient.Address)) return true;
        if (result.IsDiscarded)
        {
            DiscardedBy = result.By;
            (_discarded ??= []).Add(recipient);
            return true;
        }

        Recipients.Add(recipient);
        if (request != DsnRequest.None) Requests.Add(recipient, request);
        return true;
    }

    public void Reset()
    {
        (ReversePath, Parameters) = (null, default);
        DropContent();
        (_headers, _discarded, DiscardedBy, _isDiscarded) = (null, null, null, false);
        memory.Dispose();
        if (Accepted == 0) return;
        Accepted = 0;
        // The lists have gone with the message; the set stays for the next one.
        Recipients = [];
        if (Requests.Count > 0) Requests = [];
        _known.Clear();
    }

    private bool TryAddHeaders(in StageResult result)
    {
        if (result.Headers is not { } headers) return true;
        var octets = 0;
        foreach (var header in headers) octets += header.Length;
        if (!memory.TryTake(octets)) return false;
        (_headers ??= []).AddRange(headers);
        return true;
    }
}
