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
/// The changes of a message by a filter, in their order. Their number and size are bounded, and their memory is reserved before it is used.
/// Pure.
/// </summary>
/// <param name="memory">The memory of the message.</param>
/// <param name="maxBody">The greatest length of a new body in octets.</param>
internal class FilterChanges(IMessageMemory memory, long maxBody)
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
    public string? Quarantine { get; set; }

    /// <summary>Adds a change of the header.</summary>
    /// <exception cref="FilterException">The name is malformed, or there are too many changes.</exception>
    public void AddHeader(HeaderChangeKind kind, uint index, string name, string value)
    {
        Reserve(ObjectsOfChange + 2 * (name.Length + value.Length));
        if (_headers.Count == MaxHeaders) throw FilterException.Malformed($"it changes more than {MaxHeaders} header fields");
        // A colon or a line end in the name would make another field.
        if (name.Length == 0 || name.AsSpan().ContainsAnyExceptInRange('!', '~') || name.Contains(':'))
            throw FilterException.Malformed("it sends a malformed name of a header field");
        _headers.Add(new HeaderChange(kind, index, name, value));
    }

    /// <summary>Adds a recipient.</summary>
    /// <param name="address">The address, in angle brackets or not.</param>
    /// <param name="parameters">Its parameters of RCPT; empty for none.</param>
    /// <exception cref="FilterException">The address is malformed, or there are too many changes.</exception>
    public void AddRecipient(string address, string parameters) =>
        Change(Parse(address) ?? throw FilterException.Malformed("it adds a recipient that is no address"), parameters, isAdded: true);

    /// <summary>Removes a recipient; what is no address is none.</summary>
    /// <exception cref="FilterException">There are too many changes.</exception>
    public void DeleteRecipient(string address) => Change(Parse(address), "", isAdded: false);

    /// <summary>Sets the reverse-path; an empty one is the null reverse-path.</summary>
    /// <exception cref="FilterException">The address is malformed.</exception>
    public void SetSender(string address)
    {
        if (address is not ("<>" or "") && Parse(address) is null) throw FilterException.Malformed("it sets a sender that is no address");
        Sender = new ChangedSender(Parse(address));
    }

    /// <summary>Appends a piece of the new body.</summary>
    /// <exception cref="FilterException">The body is too long or malformed, or there is no memory.</exception>
    public void ReplaceBody(ReadOnlySequence<byte> data)
    {
        Body ??= new BodyReplacement(maxBody);
        var before = Body.Length;
        Body.Append(data);
        // Line ends may have made it longer.
        if (Body.Length - before > data.Length) Reserve(Body.Length - before - data.Length);
    }

    /// <summary>Reserves memory.</summary>
    /// <exception cref="FilterException">There is none.</exception>
    public void Reserve(long octets)
    {
        if (!memory.TryReserve(octets)) throw new FilterException(FilterFault.NoMemory, "there is no memory for its changes");
    }

    private void Change(Mailbox? mailbox, string parameters, bool isAdded)
    {
        Reserve(ObjectsOfChange + 2 * parameters.Length);
        if (_recipients.Count == MaxRecipients) throw FilterException.Malformed("it changes too many recipients");
        if (mailbox is not null) _recipients.Add((mailbox, parameters, isAdded));
    }

    // Addresses with other characters would need SMTPUTF8, which the client may not have asked for.
    private static Mailbox? Parse(string address)
    {
        var text = address.Trim();
        if (text is ['<', .. var inner, '>']) text = inner;
        return Mailbox.TryParse(text, out var mailbox) && mailbox.IsAscii ? mailbox : null;
    }
}
