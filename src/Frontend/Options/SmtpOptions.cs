using Postfleet.Core.Units;

namespace Postfleet.Frontend.Options;

/// <summary>Limits of the SMTP server.</summary>
public sealed record SmtpOptions
{
    /// <summary>Largest message, in bytes (RFC 1870).</summary>
    public ByteSize MaxMessageSize { get; init; } = new(25_000_000);

    /// <summary>Most recipients of a message. RFC 5321 section 4.5.3.1.8 asks for 100 at least; 1,000 as Postfix.</summary>
    public int MaxRecipients { get; init; } = 1000;

    /// <summary>Most connections at a time, in all.</summary>
    public int MaxConnections { get; init; } = 1000;

    /// <summary>Most connections at a time from one address: an IPv4 address, or a /64 of IPv6.</summary>
    public int MaxConnectionsPerAddress { get; init; } = 200;

    /// <summary>Most connections at a time from one network: a /24 of IPv4, or a /48 of IPv6. At least that of an address.</summary>
    public int MaxConnectionsPerNetwork { get; init; } = 400;

    /// <summary>
    /// How long a client may take for its next command, up to the end of its line. RFC 5321 section 4.5.3.2.7: at least 5 minutes.
    /// </summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a client may pause inside DATA and between two BDAT. RFC 5321 section 4.5.3.2.5: 3 minutes a block.</summary>
    public TimeSpan DataTimeout { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>How slow content may come, in bytes a second; a client may be behind this by one <see cref="DataTimeout"/>. 0: as slow as
    /// it likes. 500 as Postfix's smtpd_min_data_rate.</summary>
    public int MinDataRate { get; init; } = 500;

    /// <summary>How long a session may last; it is ended between two commands. No client needs one for longer than a working day.</summary>
    public TimeSpan SessionTimeout { get; init; } = TimeSpan.FromHours(8);

    /// <summary>
    /// How long a client that is not trusted must keep silent before it is greeted; 0 does not look. A fifth of a second finds the programs
    /// that do not listen at all; Postfix's postscreen waits 6 seconds.
    /// </summary>
    public TimeSpan GreetingDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// Most transactions of a session, told to clients as MAILMAX (RFC 9422). High, since to connect anew costs both sides more than to go
    /// on.
    /// </summary>
    public int MaxMessagesPerConnection { get; init; } = 100_000;

    /// <summary>Most commands of a session, whatever they are. Room for all transactions with some recipients each.</summary>
    public int MaxCommands { get; init; } = 1_000_000;

    /// <summary>
    /// Most commands that do nothing (HELO, EHLO, RSET, NOOP, VRFY, HELP) between two messages. As Postfix's smtpd_junk_command_limit.
    /// </summary>
    public int MaxJunkCommands { get; init; } = 100;

    /// <summary>Errors after which a session is ended. As Postfix's smtpd_hard_error_limit.</summary>
    public int MaxErrors { get; init; } = 20;

    /// <summary>
    /// Memory for messages and envelopes that are being received, in bytes over all sessions. A message beyond it waits for 30 s and is
    /// then refused with 452.
    /// </summary>
    public ByteSize MaxBodyMemory { get; init; } = new(256_000_000);

    /// <summary>Networks of the proxies that may speak for clients, in CIDR form.</summary>
    public IReadOnlyList<string> TrustedProxies { get; init; } = [];
}
