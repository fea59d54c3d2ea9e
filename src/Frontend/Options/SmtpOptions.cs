using System.Net;
using Postfleet.Core.Units;

namespace Postfleet.Frontend.Options;

/// <summary>Section <c>Smtp</c>: the limits of the SMTP server.</summary>
public sealed record SmtpOptions
{
    /// <summary>Largest accepted message, in bytes (RFC 1870).</summary>
    public ByteSize MaxMessageSize { get; init; } = new(25_000_000);

    /// <summary>Most recipients of a message. At least 100 by RFC 5321 section 4.5.3.1.8; 1,000 as Postfix.</summary>
    public int MaxRecipients { get; init; } = 1000;

    /// <summary>Most simultaneous connections in total.</summary>
    public int MaxConnections { get; init; } = 1000;

    /// <summary>Most simultaneous connections from an address: a single IPv4 address, or a /64 of IPv6.</summary>
    public int MaxConnectionsPerAddress { get; init; } = 200;

    /// <summary>
    /// Most simultaneous connections from a network: a /24 of IPv4, or a /48 of IPv6. At least <see cref="MaxConnectionsPerAddress"/>.
    /// </summary>
    public int MaxConnectionsPerNetwork { get; init; } = 400;

    /// <summary>
    /// Time limit for a client's next complete command line. At least 5 minutes by RFC 5321 section 4.5.3.2.7.
    /// </summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Longest pause of a client inside DATA and between two BDAT. 3 minutes a block by RFC 5321 section 4.5.3.2.5.</summary>
    public TimeSpan DataTimeout { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>
    /// Least rate of content in bytes a second, averaged over <see cref="DataTimeout"/>; 0 for no limit. 500 as Postfix's
    /// smtpd_min_data_rate.
    /// </summary>
    public int MinDataRate { get; init; } = 500;

    /// <summary>Longest duration of a session, which ends between two commands. 8 hours, a working day.</summary>
    public TimeSpan SessionTimeout { get; init; } = TimeSpan.FromHours(8);

    /// <summary>
    /// How long an untrusted client must be silent before the greeting; 0 for no check. A fifth of a second detects programs without any
    /// wait; Postfix's postscreen waits 6 seconds.
    /// </summary>
    public TimeSpan GreetingDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// Most transactions of a session, announced as MAILMAX (RFC 9422). High, since a new connection costs both sides more than another
    /// transaction.
    /// </summary>
    public int MaxMessagesPerConnection { get; init; } = 100_000;

    /// <summary>Most commands of a session. Enough for all transactions with some recipients each.</summary>
    public int MaxCommands { get; init; } = 1_000_000;

    /// <summary>
    /// Most junk commands (HELO, EHLO, RSET, NOOP, VRFY, HELP) between two messages. As Postfix's smtpd_junk_command_limit.
    /// </summary>
    public int MaxJunkCommands { get; init; } = 100;

    /// <summary>Number of errors after which a session ends. As Postfix's smtpd_hard_error_limit.</summary>
    public int MaxErrors { get; init; } = 20;

    /// <summary>
    /// Memory for messages and envelopes being received, in bytes over all sessions. A message beyond it waits for 30 s and is then
    /// refused with 452.
    /// </summary>
    public ByteSize MaxBodyMemory { get; init; } = new(256_000_000);

    /// <summary>Networks of the proxies trusted to name clients by PROXY headers, in CIDR form.</summary>
    public IReadOnlyList<IPNetwork> TrustedProxies { get; init; } = [];
}
