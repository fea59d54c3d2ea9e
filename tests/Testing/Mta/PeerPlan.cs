namespace Postfleet.Testing;

/// <summary>What a mail server of the tests is started with.</summary>
/// <param name="Authority">Who signs its certificate, and whom it trusts.</param>
/// <param name="Reports">The port of this machine where it sends what it reports to senders, mail for <c>source.test</c>.</param>
/// <param name="Relay">The port of this machine where it sends all other mail, inside TLS, to the host <c>localhost</c> and no
/// other.</param>
public sealed record PeerPlan(MailAuthority Authority, int Reports, int Relay)
{
    /// <summary>The port where a server offers STARTTLS, on its own address.</summary>
    public const int Port = 2025;

    /// <summary>The port where TLS comes first.</summary>
    public const int TlsPort = 2465;

    /// <summary>A port of Postfix whose EHLO offers neither 8BITMIME nor SMTPUTF8, as behind a firewall that masks them.</summary>
    public const int MaskedPort = 2026;

    /// <summary>A port that lets nobody in without a password, asked for with PLAIN alone.</summary>
    public const int PlainPort = 2587;

    /// <summary>
    /// A port that lets nobody in without a password, asked for with a better mechanism or an older one: SCRAM-SHA-256 of Postfix, LOGIN of
    /// Exim.
    /// </summary>
    public const int OtherPort = 2588;

    /// <summary>The largest message that it takes, in octets, and tells in its EHLO.</summary>
    public const int MaxSize = 1_000_000;

    /// <summary>The users' password.</summary>
    public const string Password = "correct horse";

    /// <summary>The socket of Dovecot's authentication service, for a server that has none of its own.</summary>
    public string AuthenticationSocket { get; init; } = "";
}
