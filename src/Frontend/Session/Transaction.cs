using Postfleet.Core.Mail;

namespace Postfleet.Frontend.Session;

/// <summary>One mail transaction: what MAIL and RCPT have said so far.</summary>
internal sealed class Transaction
{
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    public bool IsOpen { get; private set; }

    public Mailbox? ReversePath { get; private set; }

    public long? DeclaredSize { get; private set; }

    /// <summary>The recipients, each once: an address that is named twice is delivered to once.</summary>
    public List<Mailbox> Recipients { get; private set; } = [];

    /// <summary>RCPT commands that were accepted.</summary>
    public int Accepted { get; private set; }

    /// <summary>RCPT commands that were refused.</summary>
    public int Refused { get; set; }

    public void Begin(Mailbox? reversePath, long? declaredSize)
    {
        (IsOpen, ReversePath, DeclaredSize) = (true, reversePath, declaredSize);
    }

    public void Add(Mailbox recipient)
    {
        Accepted++;
        if (_known.Add(recipient.Address)) Recipients.Add(recipient);
    }

    public void Reset()
    {
        if (!IsOpen) return;
        (IsOpen, ReversePath, DeclaredSize, Accepted, Refused) = (false, null, null, 0, 0);
        // The list has gone with the message; the set stays for the next one.
        Recipients = [];
        _known.Clear();
    }
}
