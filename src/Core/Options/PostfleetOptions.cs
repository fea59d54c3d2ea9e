using Postfleet.Core.Protocol;
using Postfleet.Core.Units;

namespace Postfleet.Core.Options;

/// <summary>The whole configuration of a node, with its defaults. Immutable; validated before anything starts.</summary>
public sealed record PostfleetOptions
{
    /// <summary>Section <c>Node</c>.</summary>
    public NodeOptions Node { get; init; } = new();

    /// <summary>Section <c>Cluster</c>.</summary>
    public ClusterOptions Cluster { get; init; } = new();

    /// <summary>Section <c>Storage</c>.</summary>
    public StorageOptions Storage { get; init; } = new();

    /// <summary>Section <c>Listeners</c>.</summary>
    public IReadOnlyList<ListenerOptions> Listeners { get; init; } = [new ListenerOptions()];

    /// <summary>Section <c>Tls</c>.</summary>
    public TlsOptions Tls { get; init; } = new();

    /// <summary>Section <c>Smtp</c>.</summary>
    public SmtpOptions Smtp { get; init; } = new();

    /// <summary>Section <c>Relay</c>.</summary>
    public RelayOptions Relay { get; init; } = new();

    /// <summary>Section <c>Routes</c>; the first match wins.</summary>
    public IReadOnlyList<RouteOptions> Routes { get; init; } =
        [new RouteOptions { Domain = "*.test", To = "capture" }, new RouteOptions { Domain = "*", To = "mx" }];

    /// <summary>Section <c>Queues</c>.</summary>
    public QueueOptions Queues { get; init; } = new();

    /// <summary>Section <c>Notifications</c>.</summary>
    public NotificationOptions Notifications { get; init; } = new();

    /// <summary>Section <c>Delivery</c>.</summary>
    public DeliveryOptions Delivery { get; init; } = new();

    /// <summary>Section <c>Dns</c>.</summary>
    public DnsOptions Dns { get; init; } = new();

    /// <summary>Section <c>Capture</c>.</summary>
    public CaptureOptions Capture { get; init; } = new();

    /// <summary>Section <c>Admin</c>.</summary>
    public AdminOptions Admin { get; init; } = new();

    /// <summary>Section <c>Log</c>.</summary>
    public LogOptions Log { get; init; } = new();
}

/// <summary>Who this node is.</summary>
public sealed record NodeOptions
{
    /// <summary>The name that the node gives itself in greetings, EHLO, trace headers and DSNs; empty takes the machine's.</summary>
    public string Hostname { get; init; } = "";

    /// <summary>What the node does: any of <c>frontend</c>, <c>queue</c>, <c>delivery</c>.</summary>
    public IReadOnlyList<string> Roles { get; init; } = NodeRoles.All;

    /// <summary>How long stopping may take: sessions past DATA and attempts in flight finish within it.</summary>
    public TimeSpan ShutdownGrace { get; init; } = TimeSpan.FromSeconds(60);
}

/// <summary>How nodes find each other.</summary>
public sealed record ClusterOptions
{
    /// <summary>Host name or address that other nodes reach this one by.</summary>
    public string Host { get; init; } = "127.0.0.1";

    /// <summary>Port of the cluster's own traffic; 0 takes any free one.</summary>
    public int Port { get; init; } = 4053;

    /// <summary>Nodes to join, as <c>host:port</c>; none makes a cluster of one.</summary>
    public IReadOnlyList<string> Seeds { get; init; } = [];

    /// <summary>Section <c>Cluster:Tls</c>.</summary>
    public ClusterTlsOptions Tls { get; init; } = new();
}

/// <summary>TLS with mutual certificates for the cluster's own traffic; all three files, or none for traffic in the clear.</summary>
public sealed record ClusterTlsOptions
{
    /// <summary>File with this node's certificate and those between it and the authority, in PEM form.</summary>
    public string Certificate { get; init; } = "";

    /// <summary>File with the certificate's private key, in PEM form.</summary>
    public string Key { get; init; } = "";

    /// <summary>File with the certificates of the authorities that nodes of this cluster are trusted by, in PEM form.</summary>
    public string Authority { get; init; } = "";
}

/// <summary>Where mail and journals are kept.</summary>
public sealed record StorageOptions
{
    /// <summary><c>sqlite</c> (embedded) or <c>postgres</c>.</summary>
    public string Provider { get; init; } = "sqlite";

    /// <summary>Folder of the embedded storage.</summary>
    public string Path { get; init; } = "data";

    /// <summary>Connection string of PostgreSQL, in Npgsql's form.</summary>
    public string ConnectionString { get; init; } = "";
}

/// <summary>One address that mail is accepted on.</summary>
public sealed record ListenerOptions
{
    /// <summary>Address and port, <c>127.0.0.1:2525</c> or <c>[::]:25</c>; port 0 takes any free one.</summary>
    public string Endpoint { get; init; } = "127.0.0.1:2525";

    /// <summary>What it offers: <c>relay</c>.</summary>
    public string Service { get; init; } = "relay";

    /// <summary>Whether TLS starts with the connection (RFC 8314 section 3) and not with STARTTLS.</summary>
    public bool ImplicitTls { get; init; }

    /// <summary>Whether every connection begins with a PROXY header, version 1 or 2, of a proxy among <see cref="SmtpOptions.TrustedProxies"/>.</summary>
    public bool ProxyProtocol { get; init; }
}

/// <summary>TLS of the listeners (RFC 3207). Both files, or none for no TLS.</summary>
public sealed record TlsOptions
{
    /// <summary>File with the certificate and those between it and its authority, in PEM form.</summary>
    public string Certificate { get; init; } = "";

    /// <summary>File with the certificate's private key, in PEM form.</summary>
    public string Key { get; init; } = "";
}

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

    /// <summary>How long a client may take for its next command, up to the end of its line. RFC 5321 section 4.5.3.2.7: at least 5 minutes.</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How long a client may pause inside DATA and between two BDAT. RFC 5321 section 4.5.3.2.5: 3 minutes a block.</summary>
    public TimeSpan DataTimeout { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>How slow content may come, in bytes a second; a client may be behind this by one <see cref="DataTimeout"/>. 0: as slow as it likes.
    /// 500 as Postfix's smtpd_min_data_rate.</summary>
    public int MinDataRate { get; init; } = 500;

    /// <summary>How long a session may last; it is ended between two commands. No client needs one for longer than a working day.</summary>
    public TimeSpan SessionTimeout { get; init; } = TimeSpan.FromHours(8);

    /// <summary>
    /// How long a client that is not trusted must keep silent before it is greeted; 0 does not look. A fifth of a second finds the programs that do not listen at all; Postfix's
    /// postscreen waits 6 seconds.
    /// </summary>
    public TimeSpan GreetingDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>Most transactions of a session, told to clients as MAILMAX (RFC 9422). High, since to connect anew costs both sides more than to go on.</summary>
    public int MaxMessagesPerConnection { get; init; } = 100_000;

    /// <summary>Most commands of a session, whatever they are. Room for all transactions with some recipients each.</summary>
    public int MaxCommands { get; init; } = 1_000_000;

    /// <summary>Most commands that do nothing (HELO, EHLO, RSET, NOOP, VRFY, HELP) between two messages. As Postfix's smtpd_junk_command_limit.</summary>
    public int MaxJunkCommands { get; init; } = 100;

    /// <summary>Errors after which a session is ended. As Postfix's smtpd_hard_error_limit.</summary>
    public int MaxErrors { get; init; } = 20;

    /// <summary>Memory for messages and envelopes that are being received, in bytes over all sessions. A message beyond it waits for 30 s and is then refused with 452.</summary>
    public ByteSize MaxBodyMemory { get; init; } = new(256_000_000);

    /// <summary>Networks of the proxies that may speak for clients, in CIDR form.</summary>
    public IReadOnlyList<string> TrustedProxies { get; init; } = [];
}

/// <summary>For whom mail is relayed.</summary>
public sealed record RelayOptions
{
    /// <summary>Networks whose clients may send to any domain, in CIDR form.</summary>
    public IReadOnlyList<string> TrustedNetworks { get; init; } = ["127.0.0.0/8", "::1/128"];

    /// <summary>Domains that anybody may send to: names, or <c>*.suffix</c>.</summary>
    public IReadOnlyList<string> Domains { get; init; } = [];

    /// <summary>The mailbox that gets mail for <c>postmaster</c> without a domain, or at the node's own name (RFC 5321 section 4.5.1); empty for none.</summary>
    public string Postmaster { get; init; } = "";
}

/// <summary>Where mail for some domains goes.</summary>
public sealed record RouteOptions
{
    /// <summary>Which domains: a name, <c>*.suffix</c> or <c>*</c>.</summary>
    public string Domain { get; init; } = "*";

    /// <summary>Where to: <c>mx</c>, <c>smtp://host:port</c>, <c>smtps://host:port</c>, <c>lmtp://host:port</c>, <c>lmtp:///path</c>, <c>capture</c>,
    /// <c>discard</c> or <c>reject</c>.</summary>
    public string To { get; init; } = "mx";

    /// <summary><c>none</c>, <c>opportunistic</c>, <c>require</c>, <c>verify</c>, or <c>auto</c>: <c>verify</c> for <c>smtps</c> and where there is a user,
    /// else <c>opportunistic</c>.</summary>
    public string Tls { get; init; } = "auto";

    /// <summary>Who we are to the host (RFC 4954); empty does not authenticate.</summary>
    public string User { get; init; } = "";

    /// <summary>The user's password.</summary>
    public string Password { get; init; } = "";

    /// <summary>A file with the user's password; read for each connection.</summary>
    public string PasswordFile { get; init; } = "";

    /// <summary>
    /// Whether the password may be shown to a host that has not proved its name: <c>refuse</c>, <c>unverified</c> (under TLS with any certificate) or <c>allow</c> (also without TLS).
    /// </summary>
    public string AuthInClear { get; init; } = "refuse";

    /// <summary>The local address that connections leave from, or one of each family with a comma between; empty leaves it to the system.</summary>
    public string Source { get; init; } = "";

    /// <summary>The name given in EHLO; empty takes the node's.</summary>
    public string Hostname { get; init; } = "";

    /// <summary>As <see cref="DeliveryOptions.EightBit"/>; <c>inherit</c> takes that.</summary>
    public string EightBit { get; init; } = "inherit";

    /// <summary>As <see cref="DeliveryOptions.LongLines"/>; <c>inherit</c> takes that.</summary>
    public string LongLines { get; init; } = "inherit";
}

/// <summary>How long and how often mail is tried.</summary>
public sealed record QueueOptions
{
    /// <summary>Pause after the first attempt that failed for now; it doubles from attempt to attempt.</summary>
    public TimeSpan FirstRetry { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Longest pause between attempts.</summary>
    public TimeSpan MaxRetry { get; init; } = TimeSpan.FromHours(4);

    /// <summary>How long a message is tried before it is returned to its sender. RFC 5321 section 4.5.4.1: 4 to 5 days at least.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromDays(5);

    /// <summary>After how long in the queue the sender is told, once, that a message is late; zero for never. As Sendmail's Timeout.queuewarn.</summary>
    public TimeSpan DelayWarning { get; init; } = TimeSpan.FromHours(4);

    /// <summary>How long an empty queue stays in memory.</summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Other times for some domains; the first match wins.</summary>
    public IReadOnlyList<DomainQueueOptions> Domains { get; init; } = [];
}

/// <summary>Other times for some domains; what is not given stays as it is for all.</summary>
public sealed record DomainQueueOptions
{
    /// <summary>Which domains: a name, <c>*.suffix</c> or <c>*</c>.</summary>
    public string Domain { get; init; } = "*";

    /// <summary>Pause after the first attempt that failed for now.</summary>
    public TimeSpan? FirstRetry { get; init; }

    /// <summary>Longest pause between attempts.</summary>
    public TimeSpan? MaxRetry { get; init; }

    /// <summary>How long a message is tried.</summary>
    public TimeSpan? Lifetime { get; init; }

    /// <summary>After how long the sender is told that a message is late.</summary>
    public TimeSpan? DelayWarning { get; init; }
}

/// <summary>What delivery status notifications are like.</summary>
public sealed record NotificationOptions
{
    /// <summary>Mail addresses that get a copy of each report of a failure.</summary>
    public IReadOnlyList<string> Copies { get; init; } = [];

    /// <summary>Largest message that a failure report returns whole to a sender who asks for it. As Postfix's bounce_size_limit.</summary>
    public ByteSize MaxReturnedSize { get; init; } = new(50_000);
}

/// <summary>How mail is sent.</summary>
public sealed record DeliveryOptions
{
    /// <summary>Port of MX hosts.</summary>
    public int Port { get; init; } = 25;

    /// <summary>
    /// Whether <c>mx</c> routes may connect to loopback addresses. A stranger's DNS chooses the hosts of such routes, so that this is for tests alone.
    /// </summary>
    public bool AllowLoopbackMx { get; init; }

    /// <summary>Most connections to one site at a time, over the whole cluster.</summary>
    public int MaxConnectionsPerSite { get; init; } = 20;

    /// <summary>Most messages to one site, over the whole cluster. A message in several transactions counts as several; mail that leaves over no network
    /// is not counted.</summary>
    public Rate MaxRatePerSite { get; init; } = Rate.None;

    /// <summary>Messages after which a connection is closed.</summary>
    public int MaxMessagesPerConnection { get; init; } = 100;

    /// <summary>Most recipients of one transaction. RFC 5321 section 4.5.3.1.8: every server takes 100.</summary>
    public int MaxRecipientsPerTransaction { get; init; } = 100;

    /// <summary>How long a connection without work stays open.</summary>
    public TimeSpan IdleConnection { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>What is done with octets above 127 for hosts without 8BITMIME (RFC 6152): <c>auto</c>, <c>convert</c>, <c>refuse</c> or <c>send</c>. <c>auto</c> converts what its
    /// author has not signed, and sends the rest as it is.</summary>
    public string EightBit { get; init; } = "auto";

    /// <summary>What is done with lines above 998 octets (RFC 5321 section 4.5.3.1.6), in the same words.</summary>
    public string LongLines { get; init; } = "auto";

    /// <summary>Section <c>Delivery:Tls</c>.</summary>
    public DeliveryTlsOptions Tls { get; init; } = new();

    /// <summary>Time-outs of the dialogue.</summary>
    public DeliveryTimeoutOptions Timeouts { get; init; } = new();
}

/// <summary>Whom delivery trusts.</summary>
public sealed record DeliveryTlsOptions
{
    /// <summary>File with certificates of authorities that are trusted beside the system's, in PEM form; empty for none.</summary>
    public string Authorities { get; init; } = "";
}

/// <summary>How long a remote host may take (RFC 5321 section 4.5.3.2, whose minimums are the defaults).</summary>
public sealed record DeliveryTimeoutOptions
{
    /// <summary>For the TCP connection, each address. As Postfix's smtp_connect_timeout.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>For the 220 greeting.</summary>
    public TimeSpan Greeting { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>For the TLS handshake. It is some round trips; what takes longer is broken.</summary>
    public TimeSpan Tls { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>For the replies to EHLO, HELO, MAIL and RCPT.</summary>
    public TimeSpan Command { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>For the 354 to DATA.</summary>
    public TimeSpan DataStart { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>For each block of content to be taken.</summary>
    public TimeSpan DataBlock { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary>For the reply to the final dot. Shorter ones make duplicates.</summary>
    public TimeSpan DataEnd { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>For the replies to RSET and QUIT. As Postfix's smtp_rset_timeout.</summary>
    public TimeSpan Quit { get; init; } = TimeSpan.FromSeconds(20);
}

/// <summary>How names are resolved.</summary>
public sealed record DnsOptions
{
    /// <summary>Servers as <c>address</c> or <c>address:port</c>; none takes the system's.</summary>
    public IReadOnlyList<string> Servers { get; init; } = [];

    /// <summary>How long one query may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);
}

/// <summary>What captured mail may take.</summary>
public sealed record CaptureOptions
{
    /// <summary>Most captured messages that are kept; the oldest go.</summary>
    public int MaxMessages { get; init; } = 1000;

    /// <summary>How long captured messages are kept.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromDays(7);
}

/// <summary>The admin endpoint.</summary>
public sealed record AdminOptions
{
    /// <summary>Address and port; port 0 takes any free one.</summary>
    public string Endpoint { get; init; } = "127.0.0.1:8025";

    /// <summary>What requests to the API must show; empty asks for nothing, and is refused on an endpoint that is open to others.</summary>
    public string Token { get; init; } = "";
}

/// <summary>The log on standard output.</summary>
public sealed record LogOptions
{
    /// <summary><c>text</c> or <c>json</c>.</summary>
    public string Format { get; init; } = "text";

    /// <summary>The least level that is written: <c>trace</c>, <c>debug</c>, <c>info</c>, <c>warn</c>, <c>error</c>.</summary>
    public string Level { get; init; } = "info";
}
