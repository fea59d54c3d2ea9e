using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Frontend.Intake;
using Postfleet.Frontend.Protocol;

namespace Postfleet.Frontend.Session;

/// <summary>
/// A mail transaction: the envelope so far, the verdicts of checks on it, and the received content. Owned by the session's machine, which
/// reuses the object; <see cref="Reset"/> ends a transaction as a whole. Its recipients are charged to the memory of all sessions, since a
/// thousand recipients with their DSN requests take more than a megabyte. Used by the session's loop alone.
/// </summary>
/// <param name="memory">The memory for recipients and headers; returned when the transaction is over.</param>
internal sealed class Transaction(BodyMemory.Lease memory)
{
    // Estimate of a recipient's memory: its objects, and its text (local part, domain, address and the key in _known) at two octets a
    // character.
    private const int ObjectsOfRecipient = 256;
    private const int OctetsPerCharacter = 6;

    private readonly HashSet<string> _known = new(StringComparer.Ordinal);
    private readonly RecipientNames _names = new();
    private List<ReadOnlyMemory<byte>>? _headers;
    private List<Mailbox>? _discarded;
    private bool _isDiscarded;
    private MessageMemory? _changes;

    /// <summary>The reverse-path; null for the null reverse-path, and outside of a transaction.</summary>
    public Mailbox? ReversePath { get; private set; }

    /// <summary>The parameters of MAIL.</summary>
    public MailParameters Parameters { get; private set; }

    /// <summary>The requests of MAIL by the extensions of submission; null for none.</summary>
    public MailRequest? Request { get; private set; }

    /// <summary>
    /// The only recipient that the client has named; null for none and for several. It may stand for other recipients.
    /// </summary>
    public Mailbox? OnlyNamed { get; private set; }

    /// <summary>The recipients without duplicates, and without discarded recipients.</summary>
    public List<Mailbox> Recipients { get; private set; } = [];

    /// <summary>
    /// The DSN requests of recipients, where given. For a duplicate address, the first RCPT counts.
    /// </summary>
    public Dictionary<Mailbox, DsnRequest> Requests { get; private set; } = [];

    /// <summary>Number of accepted RCPT commands, duplicates included.</summary>
    public int Accepted { get; private set; }

    /// <summary>
    /// The recipients of RCPT commands that the client has sent already and that are not handled yet; while a check of a recipient has a
    /// question, for users whose first-time recipients are limited.
    /// </summary>
    public IReadOnlyList<Mailbox> Pipelined { get; set; } = [];

    /// <summary>The headers added to the message by checks, in the order of the checks; null for none.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>>? Headers => _headers;

    /// <summary>The recipients accepted and discarded by checks; null for none.</summary>
    public IReadOnlyList<Mailbox>? Discarded => _discarded;

    /// <summary>The last check to discard a recipient or the message; null for none.</summary>
    public string? DiscardedBy { get; private set; }

    /// <summary>Whether the message is discarded for all recipients.</summary>
    public bool IsDiscarded => _isDiscarded || (Recipients.Count == 0 && _discarded is not null);

    /// <summary>The message's id; assigned when the content begins.</summary>
    public MessageId Id { get; private set; }

    /// <summary>When the content began, as a time stamp of the clock.</summary>
    public long ContentBegan { get; private set; }

    /// <summary>The holder of the received content; null before the content. Disposed with the transaction.</summary>
    public IDisposable? Content { get; private set; }

    /// <summary>The content as the message stage leaves it, with all added headers; null where that stage did not run.</summary>
    public MessageContent? Final { get; set; }

    /// <summary>How the message is passed on before it is accepted; null where it is queued. The first recipient decides.</summary>
    public Passage? Passage { get; private set; }

    /// <summary>The named addresses that stand for several recipients and whose success is to be reported.</summary>
    public List<ExpandedRecipient> Expanded { get; private set; } = [];

    /// <summary>Whether a check has changed reverse-path or recipients.</summary>
    public bool IsEnvelopeChanged { get; private set; }

    /// <summary>Whether a check has changed the content.</summary>
    public bool IsContentChanged { get; private set; }

    /// <summary>The units of the limits of the user; null for none.</summary>
    public TransactionUnits? Units { get; set; }

    /// <summary>The addresses that the client has named for a recipient; null where it has named the recipient alone.</summary>
    public IReadOnlyList<Mailbox>? NamesOf(Mailbox recipient) => _names.Of(recipient);

    /// <summary>Begins a transaction.</summary>
    public void Begin(Mailbox? reversePath, in MailParameters parameters, MailRequest? request = null) =>
        (ReversePath, Parameters, Request) = (reversePath, parameters, request);

    /// <summary>Records the begin of the content.</summary>
    public void BeginContent(MessageId id, long now, IDisposable content) => (Id, ContentBegan, Content) = (id, now, content);

    /// <summary>Disposes the content.</summary>
    public void DropContent()
    {
        Content?.Dispose();
        Content = null;
    }

    /// <summary>Begins the changes of the message.</summary>
    /// <param name="lease">The memory for the changes, returned when the transaction is over.</param>
    public IMessageMemory BeginChanges(BodyMemory.Lease lease) => _changes = new MessageMemory(lease);

    /// <summary>Applies the headers, the change and the discard of the mail, data or message stage.</summary>
    /// <returns>False when there is no memory for the headers or the recipients.</returns>
    public bool TryApply(in StageResult result)
    {
        if (!TryAddHeaders(result)) return false;
        if (result.Change is { } change && !TryChange(change, result.By)) return false;
        if (result.IsDiscarded) (_isDiscarded, DiscardedBy) = (true, result.By);
        return true;
    }

    /// <summary>Adds a recipient, unless its address is already there.</summary>
    /// <param name="recipient">The recipient.</param>
    /// <param name="request">The recipient's DSN request.</param>
    /// <param name="result">The result of the recipient stage.</param>
    /// <returns>False when there is no memory for the recipient or its headers.</returns>
    public bool TryAdd(Mailbox recipient, DsnRequest request, in StageResult result)
    {
        if (!TryTake(recipient, request) || !TryAddHeaders(result)) return false;
        Count(recipient);
        if (!result.IsDiscarded)
        {
            _names.Add(recipient);
            Add(recipient, request);
        }
        else if (_known.Add(recipient.Address))
        {
            DiscardedBy = result.By;
            (_discarded ??= []).Add(recipient);
        }

        return true;
    }

    /// <summary>Adds the addresses for which a recipient stands, unless they are already there.</summary>
    /// <param name="named">The recipient that the client has named.</param>
    /// <param name="targets">The addresses.</param>
    /// <param name="request">The DSN request, which holds for each address (RFC 3461 section 5.2.7).</param>
    /// <param name="result">The result of the recipient stage.</param>
    /// <returns>False when there is no memory for the addresses or the headers.</returns>
    public bool TryAddTargets(Mailbox named, IReadOnlyList<Mailbox> targets, DsnRequest request, in StageResult result)
    {
        foreach (var target in targets)
        {
            if (!TryTake(target, request)) return false;
        }

        if (!TryAddHeaders(result)) return false;
        Count(named);
        _names.Add(named, targets, _known);
        foreach (var target in targets) Add(target, request);
        return true;
    }

    /// <summary>Chooses the way of the message for a recipient that is added next. All recipients of a message have one.</summary>
    /// <returns>False if the recipients before have another one.</returns>
    public bool TryChoose(Passage? passage)
    {
        if (Recipients.Count > 0 && Passage != passage) return false;
        Passage = passage;
        return true;
    }

    /// <summary>Keeps some of the recipients.</summary>
    public void Keep(List<Mailbox> recipients) => Recipients = recipients;

    /// <summary>Ends the transaction and returns its memory, and the units of an unaccepted message.</summary>
    public void Reset()
    {
        Units?.Return();
        Units = null;
        (ReversePath, Parameters, Request, Pipelined) = (null, default, null, []);
        DropContent();
        _changes?.Dispose();
        (_changes, Final, IsContentChanged, IsEnvelopeChanged, Passage) = (null, null, false, false, null);
        (_headers, _discarded, DiscardedBy, _isDiscarded) = (null, null, null, false);
        memory.Dispose();
        // A check may have added recipients to a message whose own were all discarded.
        if (Accepted == 0 && Recipients.Count == 0) return;
        (Accepted, OnlyNamed, Expanded) = (0, null, Expanded.Count > 0 ? [] : Expanded);
        // The message owns the lists now, so new lists are needed; the set is reused.
        Recipients = [];
        if (Requests.Count > 0) Requests = [];
        _known.Clear();
        _names.Clear();
    }

    private bool TryTake(Mailbox recipient, DsnRequest request) => memory.TryTake(
        ObjectsOfRecipient + (recipient.Address.Length + request.OriginalRecipient.Length) * OctetsPerCharacter);

    private void Count(Mailbox named) => OnlyNamed = ++Accepted == 1 || OnlyNamed?.Address == named.Address ? named : null;

    private void Add(Mailbox recipient, DsnRequest request)
    {
        if (!_known.Add(recipient.Address)) return;
        Recipients.Add(recipient);
        if (request != DsnRequest.None) Requests.Add(recipient, request);
    }

    private bool TryChange(MessageChange change, string by)
    {
        if (change.Content is { } content) (Final, IsContentChanged) = (content, true);
        IsEnvelopeChanged |= change.Sender is not null || change.Recipients is not null;
        if (change.Sender is { } sender) ReversePath = sender.ReversePath;
        if (change.Recipients is not { } recipients) return true;
        var before = Recipients;
        (Recipients, Requests) = ([], []);
        _known.Clear();
        foreach (var (recipient, request) in recipients)
        {
            // Those that were there before keep their memory, which the transaction returns as a whole.
            if (!TryTake(recipient, request)) return false;
            Add(recipient, request);
        }

        Expanded = ExpandedRecipients.After(Expanded, change.Expanded, recipients);
        if (Recipients.Count == 0) (_isDiscarded, DiscardedBy, _discarded) = (true, by, [.. _discarded ?? [], .. before]);
        return true;
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
