using System.Text;

namespace Postfleet.Core.Mail;

/// <summary>The events of a recipient to report to the sender: NOTIFY of RFC 3461 section 4.1. The numbers are stored.</summary>
[Flags]
public enum NotifyOn
{
    /// <summary>NOTIFY was not given: failures and delays are reported, a choice of the server by section 4.1.</summary>
    Unspecified = 0,

    /// <summary>On delivery, or on relay to a host not sending reports.</summary>
    Success = 1,

    /// <summary>On failure.</summary>
    Failure = 2,

    /// <summary>On delay.</summary>
    Delay = 4,

    /// <summary>No report of any event. Not combined with other values.</summary>
    Never = 8,
}

/// <summary>The content returned by a failure report: RET of RFC 3461 section 4.3. The numbers are stored.</summary>
public enum ReturnContent
{
    /// <summary>RET was not given.</summary>
    Unspecified = 0,

    /// <summary>The header of the message.</summary>
    Headers = 1,

    /// <summary>The whole message.</summary>
    Full = 2,
}

/// <summary>The reports requested by a client for a recipient (RFC 3461 sections 4.1 and 4.2).</summary>
/// <param name="Notify">When to report.</param>
/// <param name="OriginalRecipient">ORCPT as it came, <c>rfc822;user+2Btag@example.org</c>; empty when there was none. Always ASCII, even if
/// its xtext encodes other characters.</param>
public sealed record DsnRequest(NotifyOn Notify, string OriginalRecipient)
{
    /// <summary>Longest ORCPT, in characters (RFC 3461 section 4.2).</summary>
    public const int MaxOriginalRecipient = 500;

    /// <summary>Longest ENVID, in characters (RFC 3461 section 4.4).</summary>
    public const int MaxEnvelopeId = 100;

    /// <summary>No request.</summary>
    public static DsnRequest None { get; } = new(NotifyOn.Unspecified, "");

    /// <summary>
    /// The request for the addresses by which another one was replaced: the original recipient is that address, unless the client gave one
    /// (RFC 3461 section 5.2.7).
    /// </summary>
    /// <param name="replaced">The address that was replaced.</param>
    public DsnRequest Instead(Mailbox replaced)
    {
        if (OriginalRecipient.Length > 0) return this;
        var original = $"rfc822;{Xtext.Encode(Encoding.UTF8.GetBytes(replaced.Address))}";
        return original.Length > MaxOriginalRecipient ? this : this with { OriginalRecipient = original };
    }

    /// <summary>Whether a report of this event is requested. Without NOTIFY, failures and delays are reported.</summary>
    public bool Wants(NotifyOn report) => Notify == NotifyOn.Unspecified ? report != NotifyOn.Success : (Notify & report) != 0;
}
