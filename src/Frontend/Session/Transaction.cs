using Postfleet.Core.Mail;
using Postfleet.Frontend.Intake;
using Postfleet.Frontend.Protocol;

namespace Postfleet.Frontend.Session;

/// <summary>
/// One mail transaction: what MAIL and RCPT have said so far. Its recipients count in the memory of all sessions, since a thousand of them, with what is asked for each,
/// are more than a megabyte. Used by the session's loop alone.
/// </summary>
/// <param name="memory">What the recipients take; given back when the transaction is over.</param>
internal sealed class Transaction(BodyMemory.Lease memory)
{
    // The objects of a recipient, and its text: as local part, as domain, as address, and in the set that finds it again, two octets a character.
    private const int ObjectsOfRecipient = 256;
    private const int OctetsPerCharacter = 6;

    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    public Mailbox? ReversePath { get; private set; }

    /// <summary>What MAIL said beside the path.</summary>
    public MailParameters Parameters { get; private set; }

    /// <summary>The recipients, each once: an address that is named twice is delivered to once.</summary>
    public List<Mailbox> Recipients { get; private set; } = [];

    /// <summary>What RCPT asked of the reports about recipients, where it asked anything. Of an address that is named twice the first counts.</summary>
    public Dictionary<Mailbox, DsnRequest> Requests { get; private set; } = [];

    /// <summary>RCPT commands that were accepted.</summary>
    public int Accepted { get; private set; }

    public void Begin(Mailbox? reversePath, in MailParameters parameters) => (ReversePath, Parameters) = (reversePath, parameters);

    /// <summary>Takes a recipient.</summary>
    /// <param name="recipient">The recipient.</param>
    /// <param name="request">What is asked of the reports about it.</param>
    /// <param name="octets">How long the argument of RCPT was, in octets.</param>
    /// <returns>False when there is no memory for it.</returns>
    public bool TryAdd(Mailbox recipient, DsnRequest request, int octets)
    {
        if (!memory.TryTake(ObjectsOfRecipient + octets * OctetsPerCharacter)) return false;
        Accepted++;
        if (!_known.Add(recipient.Address)) return true;
        Recipients.Add(recipient);
        if (request != DsnRequest.None) Requests.Add(recipient, request);
        return true;
    }

    public void Reset()
    {
        (ReversePath, Parameters) = (null, default);
        memory.Dispose();
        if (Accepted == 0) return;
        Accepted = 0;
        // The lists have gone with the message; the set stays for the next one.
        Recipients = [];
        if (Requests.Count > 0) Requests = [];
        _known.Clear();
    }
}
