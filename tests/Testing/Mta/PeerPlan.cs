namespace Postfleet.Testing;

/// <summary>The settings of a foreign mail server.</summary>
/// <param name="Authority">The authority that signs its certificate and that it trusts.</param>
/// <param name="Reports">The port of this machine to which it sends reports, which are mail for <c>source.test</c>.</param>
/// <param name="Relay">The port of this machine to which it relays all other mail, with TLS and a certificate check for
/// <c>localhost</c>.</param>
public sealed record PeerPlan(MailAuthority Authority, int Reports, int Relay)
{
    /// <summary>The port with STARTTLS.</summary>
    public const int Port = 2025;

    /// <summary>The port with implicit TLS.</summary>
    public const int TlsPort = 2465;

    /// <summary>A port of Postfix whose EHLO offers neither 8BITMIME nor SMTPUTF8, as behind a firewall that masks them.</summary>
    public const int MaskedPort = 2026;

    /// <summary>A port that requires authentication and offers PLAIN only.</summary>
    public const int PlainPort = 2587;

    /// <summary>A port that requires authentication and offers another mechanism: SCRAM-SHA-256 (Postfix) or LOGIN (Exim).</summary>
    public const int OtherPort = 2588;

    /// <summary>The largest accepted message in octets, announced in EHLO.</summary>
    public const int MaxSize = 1_000_000;

    /// <summary>The users' password.</summary>
    public const string Password = "correct horse";

    /// <summary>The socket of Dovecot's authentication service, for a server that has none of its own.</summary>
    public string AuthenticationSocket { get; init; } = "";

    /// <summary>
    /// The ports of this machine to which it submits mail for <c>submitted.sink.test</c> and <c>smtps.submitted.sink.test</c>, with
    /// STARTTLS and with implicit TLS.
    /// </summary>
    public (int StartTls, int ImplicitTls) Submission { get; init; }

    /// <summary>The name and the password with which it submits mail.</summary>
    public (string Name, string Password) Submitter { get; init; } = ("", "");
}
