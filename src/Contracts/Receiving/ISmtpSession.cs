namespace Postfleet.Contracts.Receiving;

/// <summary>TLS of a session.</summary>
/// <param name="Version">The version, such as <c>TLSv1.3</c>.</param>
/// <param name="Cipher">The cipher suite, by its name in IANA's registry.</param>
public sealed record SessionTls(string Version, string Cipher);

/// <summary>
/// The view of an SMTP session for checks that follow it through its stages. Like <see cref="ISessionView"/>, it shows the present state.
/// </summary>
public interface ISmtpSession : ISessionView
{
    /// <summary>TLS; null where it is not active.</summary>
    SessionTls? Tls { get; }

    /// <summary>The SASL mechanism by which the client authenticated; empty before.</summary>
    string AuthenticationMechanism { get; }

    /// <summary>The number of MAIL commands so far that began a transaction, which identifies the present transaction.</summary>
    int Transactions { get; }

    /// <summary>
    /// The state that a check keeps for the session. The session owns the state and disposes it at its end, after the last question.
    /// </summary>
    /// <typeparam name="T">The type of the state.</typeparam>
    /// <param name="check">The check.</param>
    /// <param name="create">Creates the state, when the check has none yet.</param>
    T StateOf<T>(ISessionCheck check, Func<T> create) where T : class, IAsyncDisposable;
}
