using Postfleet.Core.Mail;
using Postfleet.Frontend.Protocol;

namespace Postfleet.Frontend.Session;

/// <summary>One mail transaction: what MAIL and RCPT have said so far.</summary>
internal sealed class Transaction
{
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

    public void Add(Mailbox recipient, DsnRequest request)
    {
        Accepted++;
        if (!_known.Add(recipient.Address)) return;
        Recipients.Add(recipient);
        if (request != DsnRequest.None) Requests.Add(recipient, request);
    }

    public void Reset()
    {
        (ReversePath, Parameters) = (null, default);
        if (Accepted == 0) return;
        Accepted = 0;
        // The lists have gone with the message; the set stays for the next one.
        Recipients = [];
        if (Requests.Count > 0) Requests = [];
        _known.Clear();
    }
}
