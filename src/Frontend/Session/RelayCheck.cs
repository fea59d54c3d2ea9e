using Postfleet.Contracts.Receiving;
using Postfleet.Frontend.Intake;
using Postfleet.Frontend.Recipients;

namespace Postfleet.Frontend.Session;

/// <summary>
/// The relay rule. A recipient is accepted if its domain is a relay domain or the client is trusted or authenticated, unless a route
/// rejects the domain. Listeners for inbound mail accept the inbound domains alone, whoever the client is. Runs first in the recipient
/// stage of every listener; called by the session's machine.
/// </summary>
/// <param name="relay">The relay policy.</param>
/// <param name="inbound">The domains of a listener for inbound mail; null on other listeners.</param>
/// <param name="recipients">
/// The recipients of the inbound domains, whose routes are those of the addresses for which they stand; null where each is accepted.
/// </param>
internal sealed class RelayCheck(RelayPolicy relay, DomainSet? inbound = null, RecipientRules? recipients = null)
    : ISessionCheck<RecipientSubject>
{
    private static readonly Verdict Denied = Verdict.Refuse("550 5.7.1 Relaying denied");
    private static readonly Verdict Routed = Verdict.Refuse("550 5.7.1 Relaying denied: the local part names another host");
    internal static readonly Verdict Rejected = Verdict.Refuse("550 5.7.1 Mail to this domain is not accepted");

    /// <inheritdoc/>
    public string Name => "relay";

    /// <inheritdoc/>
    public Verdict? Judge(RecipientSubject subject)
    {
        var (session, recipient) = (subject.Session, subject.Recipient);
        // Mail to the postmaster is accepted from every client (RFC 5321 section 4.5.1).
        if (!subject.IsPostmaster && (inbound is not null || (!session.IsTrusted && session.AuthenticatedUser is null)))
        {
            if (!(inbound?.Contains(recipient.Domain) ?? relay.Allows(session.Client, recipient.Domain))) return Denied;
            if (RelayPolicy.IsRouted(recipient.LocalPart)) return Routed;
        }

        return recipients?.IsInbound(recipient.Domain) != true && relay.Rejects(recipient.Domain) ? Rejected : Verdict.Accept;
    }
}
