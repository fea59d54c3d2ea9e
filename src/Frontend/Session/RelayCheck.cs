using Postfleet.Contracts.Receiving;
using Postfleet.Frontend.Intake;

namespace Postfleet.Frontend.Session;

/// <summary>
/// The relay rule. A recipient is accepted if its domain is a relay domain or the client is trusted or authenticated, unless a route
/// rejects the domain. Runs first in the recipient stage of every listener; called by the session's machine.
/// </summary>
internal sealed class RelayCheck(RelayPolicy relay) : ISessionCheck<RecipientSubject>
{
    private static readonly Verdict Denied = Verdict.Refuse("550 5.7.1 Relaying denied");
    private static readonly Verdict Routed = Verdict.Refuse("550 5.7.1 Relaying denied: the local part names another host");
    private static readonly Verdict Rejected = Verdict.Refuse("550 5.7.1 Mail to this domain is not accepted");

    /// <inheritdoc/>
    public string Name => "relay";

    /// <inheritdoc/>
    public Verdict? Judge(RecipientSubject subject)
    {
        var (session, recipient) = (subject.Session, subject.Recipient);
        // Mail to the postmaster is accepted from every client (RFC 5321 section 4.5.1).
        if (!subject.IsPostmaster && !session.IsTrusted && session.AuthenticatedUser is null)
        {
            if (!relay.Allows(session.Client, recipient.Domain)) return Denied;
            if (RelayPolicy.IsRouted(recipient.LocalPart)) return Routed;
        }

        return relay.Rejects(recipient.Domain) ? Rejected : Verdict.Accept;
    }
}
