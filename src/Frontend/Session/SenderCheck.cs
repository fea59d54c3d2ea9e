using Postfleet.Contracts.Receiving;
using Postfleet.Frontend.Options;

namespace Postfleet.Frontend.Session;

/// <summary>
/// Refuses a reverse-path that the user may not send from. The null reverse-path is accepted, since mail clients send receipts with it (RFC
/// 8098 section 3). Runs in the mail stage of submission listeners, behind <see cref="LoginCheck"/>; called by the session's machine.
/// </summary>
internal sealed class SenderCheck(SubmissionOptions rules) : ISessionCheck<MailSubject>
{
    /// <summary>The reply.</summary>
    public const string NotOwned = "553 5.7.1 The user may not send from this address";

    private static readonly Verdict Refused = Verdict.Refuse(NotOwned);

    /// <inheritdoc/>
    public string Name => "sender";

    /// <inheritdoc/>
    public bool AppliesTo(ListenerProfile listener) => listener.RequiresAuthentication && rules.CheckSender != SenderCheckKind.None;

    /// <inheritdoc/>
    public Verdict? Judge(MailSubject subject) =>
        subject.ReversePath is not { } sender || ((IStagedSession)subject.Session).Login?.User.MaySendFrom(sender) == true
            ? Verdict.Accept : Refused;
}
