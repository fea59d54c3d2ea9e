using Postfleet.Contracts.Receiving;
using Postfleet.Contracts.Users;

namespace Postfleet.Frontend.Session;

/// <summary>
/// Refuses mail of a user who may not send any more: disabled, deleted, or with another password since the login. Runs at MAIL and again
/// when the content is complete, so that a change holds in open sessions. Asks only after a change of any user. Called by the session's
/// machine; one object serves all sessions.
/// </summary>
internal sealed class LoginCheck(SubmissionServices submission) : ISessionCheck<MailSubject>, ISessionCheck<DataSubject>
{
    /// <summary>The refusal of a user who may not send any more.</summary>
    internal static readonly Verdict NotAnyMore = Verdict.Refuse("535 5.7.8 The user may not send any more, authenticate again");

    /// <summary>The deferral while the users cannot be read.</summary>
    internal static readonly Verdict Unknown = Verdict.Defer("454 4.7.0 Temporary authentication failure");

    /// <inheritdoc/>
    public string Name => "login";

    /// <inheritdoc/>
    public Verdict WhenFailed => Unknown;

    /// <inheritdoc/>
    public bool AppliesTo(ListenerProfile listener) => listener.RequiresAuthentication;

    /// <inheritdoc/>
    public Verdict? Judge(MailSubject subject) => Judge(subject.Session);

    /// <inheritdoc/>
    public Verdict? Judge(DataSubject subject) => Judge(subject.Session);

    /// <inheritdoc/>
    public ValueTask<Verdict> AskAsync(MailSubject subject, CancellationToken cancellationToken) =>
        AskAsync(subject.Session, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<Verdict> AskAsync(DataSubject subject, CancellationToken cancellationToken)
    {
        var verdict = await AskAsync(subject.Session, cancellationToken);
        // Addresses may have been withdrawn since they were checked.
        return ((IStagedSession)subject.Session).Login is { } login && verdict.Kind == VerdictKind.Accept
            && submission.RightsRefusal(login, subject.Session.ReversePath, subject.Content) is { } refusal
            ? Verdict.Refuse(refusal) : verdict;
    }

    private Verdict? Judge(ISessionView view) =>
        ((IStagedSession)view).Login is { } login && submission.Present().IsCurrent(login) ? Verdict.Accept : null;

    private async ValueTask<Verdict> AskAsync(ISessionView view, CancellationToken cancellationToken)
    {
        var session = (IStagedSession)view;
        if (session.Login is not { } login) return NotAnyMore;
        try
        {
            // Null ends the login: the client may authenticate again in this session.
            session.Login = await submission.Present().RenewAsync(login, cancellationToken);
        }
        catch (UsersUnavailableException)
        {
            return Unknown;
        }

        return session.Login is null ? NotAnyMore : Verdict.Accept;
    }
}
