namespace Postfleet.Authentication.Sasl;

/// <summary>
/// What an exchange knows of its connection and its server. The session's driver makes it, once the TLS handshake is done. Immutable.
/// </summary>
/// <param name="HostName">The server's host name, for the challenge of CRAM-MD5 and the check of OAUTHBEARER.</param>
/// <param name="Port">The port that the client has connected to.</param>
/// <param name="Random">Gives as many random octets as asked for, of a cryptographic generator.</param>
/// <param name="FakeSalt">
/// The key, of 16 octets or more, that gives unknown users a salt, so that clients cannot tell them from known users. Nodes with different
/// keys give different salts for an unknown user, and the same salt for a known one: a cluster should share one key.
/// </param>
public sealed record SaslChannel(string HostName, int Port, Func<int, byte[]> Random, ReadOnlyMemory<byte> FakeSalt)
{
    /// <summary>
    /// The octets of the channel binding <c>tls-server-end-point</c> (RFC 5929 section 4): a hash of the server's certificate. Empty for no
    /// channel binding.
    /// </summary>
    public ReadOnlyMemory<byte> EndPointBinding { get; init; }

    /// <summary>
    /// Whether the server has offered a mechanism whose name ends in <c>-PLUS</c> on this connection. A client that says in another
    /// exchange that none was on offer then fails, because somebody has removed the offer (RFC 5802 section 6).
    /// </summary>
    public bool OffersPlus { get; init; }

    /// <summary>
    /// The iterations with which passwords of this server are hashed; unknown users appear with them, so they should be those of the known
    /// users.
    /// </summary>
    public int Iterations { get; init; } = ScramHash.DefaultIterations;

    /// <summary>The recent successful checks of passwords; null for none. All sessions of a process may share one.</summary>
    public PasswordCache? Cache { get; init; }

    /// <summary>Whether OAUTHBEARER fails if the client names another host or port (RFC 7628 section 3.1).</summary>
    public bool ChecksHost { get; init; }

    /// <summary>
    /// Whether SCRAM tells its error in a final message (<c>e=</c>, RFC 5802 section 7) before it fails. Off by default, as the RFC allows:
    /// the SMTP reply then follows at once, which clients show as a wrong password, and not as a breach of the protocol.
    /// </summary>
    public bool SendsScramErrors { get; init; }

    /// <summary>
    /// The URL of the OpenID discovery document, for clients whose token is refused (RFC 7628 section 3.2.2); empty for none.
    /// </summary>
    public string OpenIdConfiguration { get; init; } = "";

    /// <summary>The scope that tokens need, for clients whose token is refused; empty for none.</summary>
    public string Scope { get; init; } = "";

    /// <summary>Derives the salted password; tests count its calls.</summary>
    internal PasswordDerivation Derive { get; init; } = ScramHash.Derive;

    /// <summary>Names no key.</summary>
    public override string ToString() => $"{HostName}:{Port}";
}

/// <summary>Derives SaltedPassword of RFC 5802 from a prepared password: the part of a check that takes time.</summary>
internal delegate byte[] PasswordDerivation(
    ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, int iterations, ScramAlgorithm algorithm);
