using System.Runtime.CompilerServices;
using Postfleet.Contracts.Receiving;

namespace Postfleet.Frontend.Screening;

/// <summary>What the checks of whether mail is wanted know of a stranger in a session. Used by the session's loop alone.</summary>
internal sealed class StrangerFacts
{
    // Sessions without these checks have no entry.
    private static readonly ConditionalWeakTable<ISessionView, StrangerFacts> Sessions = [];

    /// <summary>The client's name in the DNS, confirmed forward; empty if it has none, and null while nobody has asked for it.</summary>
    public string? DnsName { get; set; }

    /// <summary>Whether an entry of the access lists allows the present recipient: later checks of whether its mail is wanted do not
    /// run.</summary>
    public bool IsWelcome { get; set; }

    /// <summary>Whether SPF has passed, and for which name in HELO and sender; null while nobody has asked.</summary>
    public ((string Hello, string Sender) Origin, bool HasPassed)? Spf { get; set; }

    /// <summary>The number of the last transaction of which the message counted for the rates; 0 for none.</summary>
    public int CountedMessage { get; set; }

    /// <summary>What DNS lists say; null while nobody has asked.</summary>
    public ListingFacts? Listings { get; set; }

    /// <summary>The facts of a session.</summary>
    public static StrangerFacts Of(ISessionView session) => Sessions.GetOrCreateValue(session);

    /// <summary>
    /// Whether a recipient is one of a stranger, not allowed by an access list, and no postmaster, whom everybody must be able to reach
    /// (RFC 5321 section 4.5.1).
    /// </summary>
    public static bool MayBeUnwanted(in RecipientSubject subject) => IsStranger(subject.Session) && !subject.IsPostmaster
        && !subject.Recipient.LocalPart.Equals("postmaster", StringComparison.OrdinalIgnoreCase) && !Of(subject.Session).IsWelcome;

    /// <summary>Whether a client is a stranger: outside of the trusted networks, and not authenticated.</summary>
    public static bool IsStranger(ISessionView session) => !session.IsTrusted && session.AuthenticatedUser is null;
}
