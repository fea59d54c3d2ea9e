using Postfleet.Contracts.Receiving;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Intake;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Recipients;

namespace Postfleet.Frontend.Session;

/// <summary>
/// Refuses unknown recipients of the inbound domains at RCPT: refused later, their mail would return to senders, who are usually forged.
/// An address that no entry names is asked about at the next host, by option.
/// Runs behind the relay rule on all listeners; one object serves all sessions.
/// </summary>
/// <param name="recipients">The recipients of the inbound domains.</param>
/// <param name="relay">The relay policy: mail to an alias whose target a route rejects would return, too.</param>
internal sealed class RecipientCheck(RecipientRules recipients, RelayPolicy relay) : ISessionCheck<RecipientSubject>
{
    private static readonly Verdict Unanswered = Verdict.Defer("450 4.1.1 The recipient cannot be checked now");

    /// <inheritdoc/>
    public string Name => "recipients";

    /// <inheritdoc/>
    public TimeSpan Budget => recipients.Inbound.CalloutTime;

    /// <summary>A host without an answer must not keep mail away, unless the operator prefers to have it later.</summary>
    public Verdict WhenFailed => recipients.Inbound.OnCalloutFailure == CalloutFailureHandling.Defer ? Unanswered : Verdict.Accept;

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

        if (recipients.Callout is not { } callout || expansion.Open is not { } open || !relay.HasNamedHost(open.Domain))
            return RecipientRules.VerdictOn(expansion);
        return callout.Find(open) is { } known ? VerdictOn(known) : null;
    }

    /// <inheritdoc/>
    public async ValueTask<Verdict> AskAsync(RecipientSubject subject, CancellationToken cancellationToken) =>
        recipients is { Callout: { } callout } && recipients.Expand(subject).Open is { } open
            ? VerdictOn(await callout.AskAsync(open, cancellationToken)) : Verdict.Accept;

    private Verdict VerdictOn(CalloutAnswer answer)
    {
        if (answer.Result == CalloutResult.Accepted) return Verdict.Accept;
        if (answer.Result == CalloutResult.Unknown) return WhenFailed;
        FrontendMetrics.UnknownRecipient();
        var status = answer.Reply!.StatusOrGeneric;
        return status is { Subject: 1, Detail: 1 } ? RecipientRules.Unknown
            : Verdict.Refuse($"550 {status} The mailbox host does not accept mail for this recipient");
    }
}
