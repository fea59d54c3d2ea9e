using System.Net;
using Postfleet.Authentication.Sasl;

namespace Postfleet.Frontend.Authentication;

/// <summary>
/// The server's side of SASL (RFC 4422) for the sessions of the listeners with authentication. Implementations check passwords against the
/// users of this cluster (<see cref="UserSasl"/>) or pass the dialogue on to another server (<see cref="DovecotSasl"/>). Thread-safe.
/// </summary>
internal interface ISaslServer
{
    /// <summary>The offered mechanisms, in the order of the reply to EHLO. Another list when they change.</summary>
    IReadOnlyList<string> Mechanisms { get; }

    /// <summary>Begins a dialogue.</summary>
    /// <param name="mechanism">The mechanism as the client wrote it.</param>
    /// <param name="client">The client.</param>
    /// <returns>The dialogue; null for a mechanism that is not offered.</returns>
    ISaslDialogue? Begin(string mechanism, SaslClient client);

    /// <summary>Reads a user again, for a session that was authenticated earlier.</summary>
    /// <param name="login">The login of the session.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The login with the present rights; null if the user may not send any more.</returns>
    ValueTask<Login?> RenewAsync(Login login, CancellationToken cancellationToken);

    /// <summary>Whether a login is known to have the present rights, so that <see cref="RenewAsync"/> is not needed.</summary>
    bool IsCurrent(Login login);
}

/// <summary>The client of a dialogue.</summary>
/// <param name="Service">The service of the listener.</param>
/// <param name="Address">The client's address.</param>
/// <param name="IsSecure">Whether TLS is active.</param>
/// <param name="EndPointBinding">The channel binding <c>tls-server-end-point</c> (RFC 5929 section 4); empty for none.</param>
internal sealed record SaslClient(string Service, IPAddress Address, bool IsSecure, ReadOnlyMemory<byte> EndPointBinding);

/// <summary>One dialogue. Used by the session's loop alone, one call at a time.</summary>
internal interface ISaslDialogue : IDisposable
{
    /// <summary>The mechanism's name, in upper case.</summary>
    string Mechanism { get; }

    /// <summary>Handles a response of the client.</summary>
    /// <param name="response">The decoded response; null for AUTH without an initial response.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<SaslResult> NextAsync(ReadOnlyMemory<byte>? response, CancellationToken cancellationToken);

    /// <summary>Waits until the client may know of its failure, after a step that failed.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask PauseAsync(CancellationToken cancellationToken);
}

/// <summary>How a step of a dialogue ended.</summary>
internal enum SaslResultKind
{
    /// <summary>The client answers the challenge.</summary>
    Challenge,

    /// <summary>The client is authenticated.</summary>
    Succeeded,

    /// <summary>The client is not authenticated.</summary>
    Failed,

    /// <summary>The client has failed too often, and the session ends.</summary>
    Blocked,

    /// <summary>The users cannot be read at present.</summary>
    Unavailable,
}

/// <summary>The result of a step.</summary>
/// <param name="Kind">How the step ended.</param>
internal readonly record struct SaslResult(SaslResultKind Kind)
{
    /// <summary>The octets for the client, before Base64.</summary>
    public ReadOnlyMemory<byte> Challenge { get; init; }

    /// <summary>The login, after success.</summary>
    public Login? Login { get; init; }

    /// <summary>The failure.</summary>
    public SaslFailure Failure { get; init; }

    /// <summary>The user, if there is one of the name that the client gave; empty otherwise, since the name may be a password.</summary>
    public string KnownUser { get; init; } = "";

    /// <summary>The reason for the log.</summary>
    public string Reason { get; init; } = "";

    /// <summary>The result of a step for which the users cannot be read.</summary>
    /// <param name="reason">The reason for the log.</param>
    /// <param name="knownUser">As <see cref="KnownUser"/>.</param>
    public static SaslResult Unavailable(string reason, string knownUser = "") =>
        new(SaslResultKind.Unavailable) { Reason = reason, KnownUser = knownUser };

    /// <summary>The result of a step that failed.</summary>
    /// <param name="failure">The failure.</param>
    /// <param name="isLast">Whether the session ends.</param>
    /// <param name="knownUser">As <see cref="KnownUser"/>.</param>
    /// <param name="reason">The reason for the log.</param>
    public static SaslResult Failed(SaslFailure failure, bool isLast, string knownUser, string reason) =>
        new(isLast ? SaslResultKind.Blocked : SaslResultKind.Failed) { Failure = failure, KnownUser = knownUser, Reason = reason };
}
