using System.Net;

namespace Postfleet.Frontend.Options;

/// <summary>The channel binding of SCRAM.</summary>
public enum ChannelBindingKind
{
    /// <summary>None.</summary>
    Off,

    /// <summary><c>tls-server-end-point</c> (RFC 5929 section 4).</summary>
    Endpoint,
}

/// <summary>Section <c>Auth</c>: how the clients of submission listeners authenticate (RFC 4954).</summary>
public sealed record AuthOptions
{
    /// <summary>
    /// The file with the users, a JSON object in each line; empty for the users in storage, which <c>postfleet user</c> and the API manage.
    /// </summary>
    public string UserFile { get; init; } = "";

    /// <summary>
    /// The socket <c>auth-client</c> of a Dovecot that checks the passwords; empty for those of the users.
    /// </summary>
    public string DovecotSocket { get; init; } = "";

    /// <summary>
    /// The offered mechanisms. SCRAM-SHA-1 and CRAM-MD5 need secrets of their own, which not every user has.
    /// </summary>
    public IReadOnlyList<string> Mechanisms { get; init; } = ["SCRAM-SHA-256", "PLAIN", "LOGIN"];

    /// <summary>The channel binding that the mechanisms of SCRAM offer.</summary>
    public ChannelBindingKind ChannelBinding { get; init; }

    /// <summary>Networks whose clients may authenticate without TLS.</summary>
    public IReadOnlyList<IPNetwork> PlaintextNetworks { get; init; } = [];

    /// <summary>The tokens of OAuth.</summary>
    public OAuthOptions OAuth { get; init; } = new();
}
