using Postfleet.Contracts.Receiving;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Intake;
using Postfleet.Frontend.Recipients;

namespace Postfleet.Frontend.Session;

/// <summary>
/// Refuses unknown recipients of the inbound domains at RCPT: refused later, their mail would return to senders, who are usually forged.
/// Runs behind the relay rule on all listeners; one object serves all sessions. <see cref="CalloutCheck"/> asks about addresses that no
/// entry names.
/// </summary>
/// <param name="recipients">The recipients of the inbound domains.</param>
/// <param name="relay">The relay policy: mail to an alias whose target a route rejects would return, too.</param>
internal sealed class RecipientCheck(RecipientRules recipients, RelayPolicy relay) : ISessionCheck<RecipientSubject>
{
    /// <inheritdoc/>
    public string Name => "recipients";

    /// <inheritdoc/>
    public Verdict? Judge(RecipientSubject subject)
    {
        var expansion = recipients.Expand(subject);
        if (expansion.Result == ExpansionResult.Unknown) FrontendMetrics.UnknownRecipient();
        // An alias domain needs no route.
        if (expansion.Result == ExpansionResult.Unchanged && relay.Rejects(subject.Recipient.Domain)) return RelayCheck.Rejected;
        // An enumerator of the interface would be an allocation for each recipient.
        for (var i = 0; i < expansion.Targets.Count; i++)
        {
            if (relay.Rejects(expansion.Targets[i].Domain)) return RelayCheck.Rejected;
        }

        return RecipientRules.VerdictOn(expansion);
    }
}
