using Postfleet.Contracts.Receiving;
using Postfleet.Contracts.Suppression;
using Postfleet.Core.Queueing;

namespace Postfleet.Operations.Suppression;

/// <summary>
/// Refuses recipients on the suppression list at RCPT, by option. The stream of the message is not known yet: entries for a stream count
/// where it is the stream of the listener. Sessions call it; one object serves all sessions.
/// </summary>
internal sealed class SuppressionCheck(ISuppression suppression) : ISessionCheck<RecipientSubject>
{
    private static readonly Verdict Refused = Verdict.Refuse("550 5.7.1 The recipient is on the suppression list");

    /// <inheritdoc/>
    public string Name => "suppression";

    /// <summary>Recipients are looked up again before they are sent to: a list that does not answer keeps no mail away.</summary>
    public Verdict WhenFailed => Verdict.Accept;

    /// <inheritdoc/>
    public Verdict? Judge(RecipientSubject subject)
    {
        if (!suppression.RefusesRecipients || !IsOwn(subject)) return Verdict.Accept;
        return suppression.MayConcern(MailOf(subject), subject.Recipient) ? null : Verdict.Accept;
    }

    /// <inheritdoc/>
    public async ValueTask<Verdict> AskAsync(RecipientSubject subject, CancellationToken cancellationToken) =>
        (await suppression.FindAsync(MailOf(subject), [subject.Recipient], cancellationToken)).Count > 0 ? Refused : Verdict.Accept;

    // Mail of strangers is received, and not sent.
    private static bool IsOwn(in RecipientSubject subject) => subject.Session.IsTrusted || subject.Session.AuthenticatedUser is not null;

    private static SuppressedMail MailOf(in RecipientSubject subject)
    {
        var session = subject.Session;
        var stream = session.Listener.Stream is { Length: > 0 } named ? named : QueueKey.DefaultStream;
        return new SuppressedMail(stream, session.AuthenticatedUser ?? "");
    }
}
