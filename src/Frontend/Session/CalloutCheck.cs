using Postfleet.Contracts.Receiving;
using Postfleet.Core.Queueing;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Intake;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Recipients;

namespace Postfleet.Frontend.Session;

/// <summary>
/// Asks the next host, by option, about recipients of the inbound domains that no entry names, and refuses those that the host refuses.
/// Runs behind all checks that a node decides without another host, so that clients whose mail is unwanted cause no questions, and before
/// the filters. One object serves all sessions.
/// </summary>
/// <param name="recipients">The recipients of the inbound domains.</param>
/// <param name="callout">Asks the next hosts.</param>
/// <param name="relay">The relay policy: only hosts that a route names are asked.</param>
/// <param name="isInbound">Whether the listener is one for inbound mail, on which mail may be passed on.</param>
internal sealed class CalloutCheck(RecipientRules recipients, ICallout callout, RelayPolicy relay, bool isInbound)
    : ISessionCheck<RecipientSubject>
{
    private static readonly Verdict Unanswered = Verdict.Defer("450 4.1.1 The recipient cannot be checked now");

    /// <inheritdoc/>
    public string Name => "callout";

    /// <inheritdoc/>
    public TimeSpan Budget => recipients.Inbound.CalloutTime;

    /// <summary>A host without an answer must not keep mail away, unless the operator prefers to have it later.</summary>
    public Verdict WhenFailed => recipients.Inbound.OnCalloutFailure == CalloutFailureHandling.Defer ? Unanswered : Verdict.Accept;

    /// <inheritdoc/>
    public Verdict? Judge(RecipientSubject subject)
    {
        if (recipients.Expand(subject).Open is not { } open || !relay.HasNamedHost(open.Domain)) return Verdict.Accept;
        // The host is asked as mail is passed on. That of trusted clients is not.
        if (isInbound && !subject.Session.IsTrusted && relay.PassageOf(open.Domain) is not null) return Verdict.Accept;
        return callout.Find(open) is { } known ? VerdictOn(known) : null;
    }

    /// <inheritdoc/>
    public async ValueTask<Verdict> AskAsync(RecipientSubject subject, CancellationToken cancellationToken)
    {
        if (recipients.Expand(subject).Open is not { } open) return Verdict.Accept;
        // The stream of most mail; a message or a user may name another one.
        var stream = subject.Session.Listener.Stream is { Length: > 0 } named ? named : QueueKey.DefaultStream;
        return VerdictOn(await callout.AskAsync(open, stream, cancellationToken));
    }

    private Verdict VerdictOn(CalloutAnswer answer)
    {
        // Nobody is to be asked about moved mail, so it does not wait for an answer.
        if (answer.Result == CalloutResult.Accepted || answer.Reply is null) return Verdict.Accept;
        if (answer.Result == CalloutResult.Unknown) return WhenFailed;
        FrontendMetrics.UnknownRecipient();
        var status = answer.Reply!.StatusOrGeneric;
        return status is { Subject: 1, Detail: 1 } ? RecipientRules.Unknown
            : Verdict.Refuse($"550 {status} The mailbox host does not accept mail for this recipient");
    }
}
