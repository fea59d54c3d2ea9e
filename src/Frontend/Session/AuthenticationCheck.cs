using Postfleet.Contracts.Receiving;

namespace Postfleet.Frontend.Session;

/// <summary>
/// Refuses MAIL from an unauthenticated client, on listeners that require authentication (RFC 4954 section 6). Runs first in the
/// mail stage; called by the session's machine.
/// </summary>
internal sealed class AuthenticationCheck : ISessionCheck<MailSubject>
{
    private static readonly Verdict Required = Verdict.Refuse("530 5.7.0 Authentication required");

    /// <inheritdoc/>
    public string Name => "authentication";

    /// <inheritdoc/>
    public bool AppliesTo(ListenerProfile listener) => listener.RequiresAuthentication;

    /// <inheritdoc/>
    public Verdict? Judge(MailSubject subject) => subject.Session.AuthenticatedUser is null ? Required : Verdict.Accept;
}
