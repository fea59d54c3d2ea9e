using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Frontend.Intake;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Recipients;

namespace Postfleet.Frontend.Session;

/// <summary>
/// Asks the host behind the proxy about recipients at RCPT, and chooses with the first accepted recipient of a message whether the message
/// is passed on or queued. Recipients of the other kind need a transaction of their own. Mail of trusted clients is queued, since they may
/// give an idempotency key or a stream. Runs on listeners for inbound mail, behind the other checks of recipients and before the filters,
/// which are not told of recipients that the host refuses; one object serves all sessions.
/// </summary>
/// <param name="proxy">Passes mail on.</param>
/// <param name="relay">The relay policy, for the routes.</param>
/// <param name="recipients">The recipients of the inbound domains; null where each is accepted.</param>
internal sealed class ProxyCheck(IMailProxy proxy, RelayPolicy relay, RecipientRules? recipients) : ISessionCheck<RecipientSubject>
{
    // The answer has a limit of its own.
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public string Name => "proxy";

    /// <inheritdoc/>
    public TimeSpan Budget => IMailProxy.MaxQuestion + Margin;

    /// <inheritdoc/>
    public Verdict WhenFailed => ProxyReplies.Away;

    /// <summary>Clients of other listeners, which may be programs of users, cannot divide a message.</summary>
    public bool AppliesTo(ListenerProfile listener) => listener.Service == ListenerOptions.Inbound;

    /// <inheritdoc/>
    public Verdict? Judge(RecipientSubject subject) =>
        subject.Session.IsTrusted || Find(subject).Passage is null ? Choose(subject, null) : null;

    /// <inheritdoc/>
    public async ValueTask<Verdict> AskAsync(RecipientSubject subject, CancellationToken cancellationToken)
    {
        if (Find(subject) is not { Passage: { } passage, Address: var address }) return Choose(subject, null);
        var transaction = ((IStagedSession)subject.Session).Transaction;
        if (transaction is { Recipients.Count: > 0, Passage: { } other } && other != passage) return ProxyReplies.Other;
        // The stream of mail of strangers, who cannot choose one (StreamChoice).
        var stream = subject.Session.Listener.Stream is { Length: > 0 } named ? named : QueueKey.DefaultStream;
        var answer = await proxy.AskAsync(transaction.ReversePath, address, transaction.Parameters.Size, stream, cancellationToken);
        return answer.Result switch
        {
            ProxyResult.Replied => answer.Reply.IsPositive ? Choose(subject, passage) : ProxyReplies.VerdictOn(answer.Reply),
            ProxyResult.NotProxied => Choose(subject, null),
            _ => passage.Mode == ProxyMode.Queue ? Choose(subject, null) : ProxyReplies.Away,
        };
    }

    // An alias of several addresses is queued: they may have several hosts.
    private (Passage? Passage, Mailbox Address) Find(in RecipientSubject subject)
    {
        var targets = recipients?.Expand(subject).Targets ?? [];
        var address = targets.Count == 0 ? subject.Recipient : targets[0];
        return (targets.Count > 1 ? null : relay.PassageOf(address.Domain), address);
    }

    private static Verdict Choose(in RecipientSubject subject, Passage? passage) =>
        ((IStagedSession)subject.Session).Transaction.TryChoose(passage) ? Verdict.Accept : ProxyReplies.Other;
}
