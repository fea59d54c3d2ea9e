namespace Postfleet.Frontend.Common;

/// <summary>
/// The fixed limits of the SMTP server, each with its provenance. <see cref="Options.SmtpOptions"/> has the configured limits.
/// </summary>
internal static class FrontendLimits
{
    /// <summary>
    /// Time limit of a client's TLS handshake, which takes two round trips. Postfix allows 300 s.
    /// </summary>
    public static readonly TimeSpan Handshake = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Time limit for a proxy to send its PROXY header, counted from the connection. The protocol asks for 3 s at least.
    /// </summary>
    public static readonly TimeSpan ProxyHeader = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Time limit for the next command of a transaction while the server stops. A client that is at work sends it within milliseconds.
    /// </summary>
    public static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Time limit for sending the last reply and closing the connection.</summary>
    public static readonly TimeSpan Linger = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a message may wait for memory before it is refused with 452.
    /// </summary>
    public static readonly TimeSpan MemoryWait = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long the rest of a refused message is read for the client to reach the reply. A client sends 25 MB in this time at 42 KB/s.
    /// </summary>
    public static readonly TimeSpan RefusedContentTime = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Most octets read of a refused message, where <see cref="Options.SmtpOptions.MaxMessageSize"/> is smaller.
    /// </summary>
    public const long RefusedContentOctets = 1_000_000;

    /// <summary>
    /// Divisor of <see cref="Options.SmtpOptions.MaxBodyMemory"/> for the share of an untrusted address; the share is at least a whole
    /// message.
    /// </summary>
    public const int AddressShare = 4;

    /// <summary>
    /// Divisor of <see cref="Options.SmtpOptions.MaxBodyMemory"/> for the share of an untrusted network; the share is at least a whole
    /// message.
    /// </summary>
    public const int NetworkShare = 2;

    /// <summary>
    /// Time limit of an untrusted client for its next command, and for a pause within content, in stress mode. As Postfix in stress mode.
    /// </summary>
    public static readonly TimeSpan StressTimeout = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Most junk commands of an untrusted client between two messages, in stress mode. Postfix allows 1 in stress mode; 3 allow for
    /// EHLO twice with STARTTLS.
    /// </summary>
    public const int StressJunk = 3;

    /// <summary>Most octets read after the last reply (lingering close): closing with unread input could destroy the reply.</summary>
    public const int LingerOctets = 256 * 1024;

    /// <summary>
    /// Most octets read ahead while a session waits for a check or for memory. The transport may hold as many octets besides.
    /// </summary>
    public const int ReadAhead = 64 * 1024;

    /// <summary>
    /// Most connections beyond <see cref="Options.SmtpOptions.MaxConnections"/>, which are refused and being closed; above, accepting
    /// pauses.
    /// </summary>
    public const int MaxClosingConnections = 64;

    /// <summary>Interval of checking whether accepting can resume.</summary>
    public static readonly TimeSpan AcceptPause = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// A session ends at this number of errors before its first accepted HELO or EHLO. Programs that speak another protocol send only
    /// errors.
    /// </summary>
    public const int ErrorsBeforeHello = 3;

    /// <summary>
    /// Interval of reading the certificate's files. Contents are compared and not times, since mounted secrets change by symbolic links.
    /// </summary>
    public static readonly TimeSpan CertificateCheckInterval = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Longest command line, in octets with its CRLF. RFC 5321 section 4.5.3.1.4 asks for 512, and extensions add to it: SIZE 26 (RFC
    /// 1870), BODY 16 (RFC 6152), SMTPUTF8 10 and long addresses (RFC 6531), ORCPT 500 (RFC 3461), REQUIRETLS 11 (RFC 8689), AUTH 500 (RFC
    /// 4954). 2,048 as Postfix.
    /// </summary>
    public const int CommandLine = 2048;

    /// <summary>
    /// Longest line while a client may authenticate, in octets with its CRLF (RFC 4954 section 4). Also of AUTH itself: clients send tokens
    /// with it.
    /// </summary>
    public const int AuthenticationLine = 12_288;

    /// <summary>
    /// How long a recipient counts as known after the answer of the next host. Postfix keeps such answers for 31 days and asks again after
    /// 7, in a file; these are in memory, and a question is cheap.
    /// </summary>
    public static readonly TimeSpan RecipientKnownFor = TimeSpan.FromHours(6);

    /// <summary>
    /// How long a recipient counts as unknown after the answer of the next host. Postfix asks again after 3 hours; a new mailbox should be
    /// reachable sooner.
    /// </summary>
    public static readonly TimeSpan RecipientUnknownFor = TimeSpan.FromMinutes(10);

    /// <summary>Most answers of next hosts that are kept, of each kind; about 30 MB.</summary>
    public const int MaxRecipientAnswers = 100_000;

    /// <summary>
    /// Longest name in HELO and EHLO, in octets (RFC 5321 section 4.5.3.1.2). Mailbox limits paths.
    /// </summary>
    public const int HelloName = 255;

    /// <summary>
    /// Most Received headers before a message counts as looping. RFC 5321 section 6.3 asks for at least 100; 50 as Postfix's
    /// hopcount_limit.
    /// </summary>
    public const int MaxReceivedHeaders = 50;
}
