namespace Postfleet.Frontend;

/// <summary>
/// The limits that nobody sets. Those that the configuration sets, with their provenance, are in <see cref="Options.SmtpOptions"/>.
/// </summary>
internal static class FrontendLimits
{
    /// <summary>
    /// How long a client may take for its TLS handshake. It is two round trips; Postfix gives 300 s, but nobody has ever needed them.
    /// </summary>
    public static readonly TimeSpan Handshake = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long a proxy may take for its PROXY header, which it sends with the connection. The protocol asks for 3 s at least.
    /// </summary>
    public static readonly TimeSpan ProxyHeader = TimeSpan.FromSeconds(10);

    /// <summary>How long the last reply may take to leave when a session is over.</summary>
    public static readonly TimeSpan Linger = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a message may wait for memory before it is refused for now. The client is still sending then, and none is kept waiting for
    /// longer.
    /// </summary>
    public static readonly TimeSpan MemoryWait = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long the rest of a refused message is read, so that its client hears the reply; after it, and after as many octets as the
    /// largest message has, the session ends. A client on a slow line sends 25 MB in this time at 42 KB/s.
    /// </summary>
    public static readonly TimeSpan Drain = TimeSpan.FromMinutes(10);

    /// <summary>So many octets of a refused message are read where the largest message has less.</summary>
    public const long LeastDrain = 1_000_000;

    /// <summary>
    /// One address that is not trusted gets this fraction of <see cref="Options.SmtpOptions.MaxBodyMemory"/> at most, and room for one
    /// message at least.
    /// </summary>
    public const int AddressShare = 4;

    /// <summary>
    /// One network that is not trusted gets this fraction of <see cref="Options.SmtpOptions.MaxBodyMemory"/> at most, and room for one
    /// message at least.
    /// </summary>
    public const int NetworkShare = 2;

    /// <summary>
    /// How long a client that is not trusted may take for its next command, or pause within its content, near the limit of connections. As
    /// Postfix under stress.
    /// </summary>
    public static readonly TimeSpan StressTimeout = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Most commands that do nothing, between two messages of a client that is not trusted, near the limit of connections. As Postfix under
    /// stress, with EHLO twice for STARTTLS.
    /// </summary>
    public const int StressJunk = 3;

    /// <summary>Most octets that are read of a client behind the last reply, so that closing does not destroy the reply.</summary>
    public const int DrainAtEnd = 256 * 1024;

    /// <summary>
    /// Most octets that are read ahead of a client while its session waits for a check. As much as the transport holds for a session, which
    /// it may hold beside them.
    /// </summary>
    public const int ReadAhead = 64 * 1024;

    /// <summary>
    /// Connections beyond <see cref="Options.SmtpOptions.MaxConnections"/> that are being closed; while there are more, none is accepted.
    /// </summary>
    public const int Closing = 64;

    /// <summary>How long accepting pauses then, before it looks again.</summary>
    public static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Errors before the first good HELO or EHLO after which a session is ended: a program that speaks another protocol makes nothing else.
    /// </summary>
    public const int ErrorsBeforeHello = 3;

    /// <summary>
    /// How often the certificate's files are looked at. Their contents are compared: links to mounted secrets change without a time of
    /// their own.
    /// </summary>
    public static readonly TimeSpan CertificateLook = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Longest command line, in octets with its CRLF. RFC 5321 section 4.5.3.1.4 asks for 512, and extensions add to it: SIZE 26 (RFC
    /// 1870), BODY 16 (RFC 6152), SMTPUTF8 10 and long addresses (RFC 6531), ORCPT 500 (RFC 3461), REQUIRETLS 11 (RFC 8689), AUTH 500 (RFC
    /// 4954). 2,048 as Postfix.
    /// </summary>
    public const int CommandLine = 2048;

    /// <summary>
    /// Longest name in HELO and EHLO, in octets (RFC 5321 section 4.5.3.1.2). Paths are limited where they are read: Mailbox.
    /// </summary>
    public const int HelloName = 255;

    /// <summary>
    /// More Received headers than this are a loop (RFC 5321 section 6.3 asks for 100 or less; 50 as Postfix's hopcount_limit).
    /// </summary>
    public const int Hops = 50;
}
