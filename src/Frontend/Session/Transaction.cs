using Postfleet.Core.Mail;

namespace Postfleet.Frontend.Session;

/// <summary>One mail transaction: what MAIL and RCPT have said so far.</summary>
internal sealed class Transaction
{
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    public Mailbox? ReversePath { get; private set; }

    /// <summary>The size that MAIL declared, in octets; null where it declared none.</summary>
    public long? DeclaredSize { get; private set; }

    /// <summary>The recipients, each once: an address that is named twice is delivered to once.</summary>
    public List<Mailbox> Recipients { get; private set; } = [];

    /// <summary>RCPT commands that were accepted.</summary>
    public int Accepted { get; private set; }

    public void Begin(Mailbox? reversePath, long? declaredSize) => (ReversePath, DeclaredSize) = (reversePath, declaredSize);

    public void Add(Mailbox recipient)
    {
        Accepted++;
        if (_known.Add(recipient.Address)) Recipients.Add(recipient);
    }

    public void Reset()
    {
        (ReversePath, DeclaredSize) = (null, null);
        if (Accepted == 0) return;
        Accepted = 0;
        // The list has gone with the message; the set stays for the next one.
        Recipients = [];
        _known.Clear();
    }
}
