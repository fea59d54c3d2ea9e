using Postfleet.Configuration;
using Postfleet.Core.Protocol;
using static Postfleet.Configuration.ValueRule;

namespace Postfleet.Node.Configuration;

/// <summary>
/// Every key of the configuration: the one source of what is bound, of what is refused, of what <c>check</c> prints and of
/// <c>docs/configuration.md</c>. Defaults are those of the options records. The bounds leave room for tests that do not wait.
/// </summary>
internal static class ConfigurationTable
{
    private const string Pattern = "*, *.suffix or a domain name";

    private static readonly ValueRule ListenEndpoint = Text("address:port, with IPv6 addresses in brackets", TextForms.ListenEndpoint);
    private static readonly ValueRule Network = Text("a network in CIDR form without host bits, such as 10.0.0.0/8", TextForms.Network);
    private static readonly ValueRule Dialogue = Duration("100ms", "1h");
    private static readonly ValueRule Retry = Duration("100ms", "10d");
    private static readonly ValueRule Lifetime = Duration("100ms", "30d");
    private static readonly ValueRule Warning = Duration("0s", "30d");
    private static readonly ValueRule DomainPattern = Text(Pattern, TextForms.DomainPattern);

    /// <summary>The keys, section by section.</summary>
    public static IReadOnlyList<ConfigurationKey> Keys { get; } =
    [
        new("Node:Hostname", Text("a domain name, or empty for the machine's", TextForms.EmptyOrName), "mail.example.org",
            "The name that the node gives itself in greetings, trace headers and bounces."),
        new("Node:Roles:#", Choice([.. NodeRoles.All]), NodeRoles.Queue, "What the node does."),
        new("Node:ShutdownGrace", Duration("0s", "1h"), "30s", "How long stopping may take; what is in flight finishes within it."),

        new("Cluster:Host", Text("a host name or the IP address of one machine", TextForms.Host), "postfleet-0.postfleet",
            "Where other nodes reach this one."),
        new("Cluster:Port", Number(0, 65535, "port"), "4054", "Port of the cluster's own traffic; 0 takes any free one."),
        new("Cluster:Seeds:#", Text("host:port", TextForms.HostAndPort), "postfleet-0.postfleet:4053", "Nodes to join; none makes a cluster of one."),
        new("Cluster:Tls:Certificate", Text("the path of a file, or empty for traffic in the clear", TextForms.Path), "/etc/postfleet/node.crt",
            "This node's certificate for the cluster's own traffic, in PEM form."),
        new("Cluster:Tls:Key", Text("the path of a file, or empty", TextForms.Path), "/etc/postfleet/node.key", "Its private key, in PEM form."),
        new("Cluster:Tls:Authority", Text("the path of a file, or empty", TextForms.Path), "/etc/postfleet/cluster-ca.crt",
            "The authority that has signed the certificates of all nodes, in PEM form; no other is trusted."),

        new("Storage:Provider", Choice("sqlite", "postgres"), "postgres", "Where mail and journals are kept: in a folder, or in PostgreSQL."),
        new("Storage:Path", Text("the path of a folder", TextForms.NotEmpty), "/var/lib/postfleet",
            "Folder of the embedded storage; a relative one starts at the working directory."),
        new("Storage:ConnectionString", Text("name=value pairs with semicolons between them", TextForms.ConnectionString),
            "Host=db;Database=postfleet;Username=postfleet;Password=secret", "PostgreSQL's connection string, in Npgsql's form.")
            { Secret = SecretKind.ConnectionString },

        new("Listeners:#:Endpoint", ListenEndpoint, "[::]:25", "Where mail is accepted; port 0 takes any free one.") { Required = true },
        new("Listeners:#:Service", Choice("relay"), "relay", "What the listener offers: relay, as between mail servers."),
        new("Listeners:#:ImplicitTls", Flag, "true", "Whether TLS starts with the connection, as on port 465; the others offer STARTTLS."),
        new("Listeners:#:ProxyProtocol", Flag, "true",
            "Whether every connection begins with a PROXY header (version 1 or 2) of a proxy among Smtp:TrustedProxies."),

        new("Tls:Certificate", Text("the path of a file, or empty for no TLS", TextForms.Path), "/etc/postfleet/tls.crt",
            "The certificate of the listeners and those between it and its authority, in PEM form."),
        new("Tls:Key", Text("the path of a file, or empty", TextForms.Path), "/etc/postfleet/tls.key", "Its private key, in PEM form."),

        new("Smtp:MaxMessageSize", Size("1KB", "1GB"), "50MB", "Largest message that is taken (RFC 1870)."),
        new("Smtp:MaxRecipients", Number(1, 100_000, "recipients"), "500", "Most recipients of a message; RFC 5321 asks for 100 at least."),
        new("Smtp:MaxConnections", Number(1, 100_000, "connections"), "5000", "Most connections at a time."),
        new("Smtp:MaxConnectionsPerAddress", Number(1, 100_000, "connections"), "50",
            "Most connections at a time from one address; a /64 of IPv6 counts as one."),
        new("Smtp:MaxConnectionsPerNetwork", Number(1, 100_000, "connections"), "300",
            "Most connections at a time from one network, a /24 of IPv4 or a /48 of IPv6; at least those from one address."),
        new("Smtp:CommandTimeout", Dialogue, "2m", "How long a client may take for its next command, up to the end of its line; RFC 5321 asks for 5 minutes at least."),
        new("Smtp:DataTimeout", Dialogue, "5m", "How long a client may pause inside DATA and between two BDAT, whatever other commands it sends there."),
        new("Smtp:MinDataRate", Number(0, 1_000_000, "bytes/s"), "100",
            "How slow content may come; a client may be behind this by one DataTimeout. 0: as slow as it likes."),
        new("Smtp:SessionTimeout", Duration("100ms", "10d"), "1h", "How long a session may last; it is ended between two commands."),
        new("Smtp:GreetingDelay", Duration("0s", "1m"), "6s",
            "How long a client outside of Relay:TrustedNetworks must keep silent before it is greeted; 0s does not look."),
        new("Smtp:MaxMessagesPerConnection", Number(1, 1_000_000, "messages"), "1000", "Most transactions of a session (RFC 9422, MAILMAX)."),
        new("Smtp:MaxCommands", Number(1, 100_000_000, "commands"), "10000", "Most commands of a session."),
        new("Smtp:MaxJunkCommands", Number(1, 1_000_000, "commands"), "50",
            "Most commands that do nothing (HELO, EHLO, RSET, NOOP, VRFY, HELP) between two messages."),
        new("Smtp:MaxErrors", Number(1, 1000, "errors"), "10", "Errors after which a session is ended."),
        new("Smtp:MaxBodyMemory", Size("1KB", "1000GB"), "1GB", "Memory for the messages and envelopes that are being received; at least the largest message."),
        new("Smtp:TrustedProxies:#", Network, "10.0.0.0/8", "Networks of the proxies that may speak for clients, on listeners with ProxyProtocol."),

        new("Relay:TrustedNetworks:#", Network, "10.0.0.0/8",
            "Networks whose clients may send to any domain."),
        new("Relay:Domains:#", Text("a domain name or *.suffix", TextForms.NameOrSuffix), "*.example.org", "Domains that anybody may send to."),
        new("Relay:Postmaster", Text("a mail address, or empty", TextForms.EmptyOrMailbox), "postmaster@example.org",
            "Who gets mail for postmaster without a domain, or at the node's own name."),

        new("Routes:#:Domain", DomainPattern, "*.example.org", "For which domains the route is; the first route that matches wins.")
            { Required = true },
        new("Routes:#:To", Text("mx, smtp://host:port, smtps://host:port, lmtp://host:port, lmtp:///path, capture, discard or reject", TextForms.RouteTarget),
            "smtp://relay.example.org:25", "Where their mail goes.") { Required = true },
        new("Routes:#:Tls", Choice("auto", "none", "opportunistic", "require", "verify"), "verify",
            "What is demanded of TLS; auto is verify for smtps and where there is a user, else opportunistic."),
        new("Routes:#:User", Text("a user's name, or empty", TextForms.Opaque), "relay@example.org", "Who we are to the host; empty does not authenticate."),
        new("Routes:#:Password", Text("a password, or empty", TextForms.Opaque), "secret", "The user's password.") { Secret = SecretKind.Whole },
        new("Routes:#:PasswordFile", Text("the path of a file, or empty", TextForms.Path), "/run/secrets/relay",
            "A file with the user's password, read for each connection."),
        new("Routes:#:AuthInClear", Choice("refuse", "unverified", "allow"), "unverified", "Whether the password may be shown to a host whose certificate is not verified, or also without TLS (allow)."),
        new("Routes:#:Source", Text("an IP address, an IPv4 and an IPv6 one with a comma between, or empty", TextForms.Sources), "192.0.2.1, 2001:db8::1",
            "The local address that connections leave from. Where it is set, no other family is used."),
        new("Routes:#:Hostname", Text("a domain name, or empty for the node's", TextForms.EmptyOrName), "out1.example.org", "The name given in EHLO."),
        new("Routes:#:EightBit", Choice("inherit", "auto", "convert", "refuse", "send"), "convert", "As Delivery:EightBit, for this route; inherit takes that."),
        new("Routes:#:LongLines", Choice("inherit", "auto", "convert", "refuse", "send"), "send", "As Delivery:LongLines, for this route; inherit takes that."),

        new("Queues:FirstRetry", Retry, "10m", "Shortest pause after the first attempt that failed for now, up to a tenth longer; it doubles from attempt to attempt."),
        new("Queues:MaxRetry", Retry, "2h", "Longest pause between attempts; at least FirstRetry."),
        new("Queues:Lifetime", Lifetime, "2d", "How long a message is tried before it is returned to its sender; at least MaxRetry."),
        new("Queues:DelayWarning", Warning, "1d",
            "After how long the sender is told, once, that a message is late; 0s, or the lifetime and more: never."),
        new("Queues:IdleTimeout", Duration("100ms", "10d"), "1m", "How long an empty queue stays in memory."),
        new("Queues:Domains:#:Domain", DomainPattern, "*.example.org", "For which domains the other times are; the first match wins.")
            { Required = true },
        new("Queues:Domains:#:FirstRetry", Retry, "1m", "FirstRetry for these domains."),
        new("Queues:Domains:#:MaxRetry", Retry, "1h", "MaxRetry for these domains."),
        new("Queues:Domains:#:Lifetime", Lifetime, "7d", "Lifetime for these domains."),
        new("Queues:Domains:#:DelayWarning", Warning, "1d", "DelayWarning for these domains."),

        new("Notifications:Copies:#", Text("a mail address", TextForms.Mailbox), "postmaster@example.org",
            "Who gets a copy of each report of a failure."),
        new("Notifications:MaxReturnedSize", Size("1KB", "1MB"), "200KB",
            "Largest message that a report of a failure returns whole, where its sender asks for that (RET=FULL)."),

        new("Delivery:Port", Number(1, 65535, "port"), "2526", "Port of MX hosts."),
        new("Delivery:AllowLoopbackMx", Flag, "true", "Whether mx routes may connect to loopback addresses; for tests alone."),
        new("Delivery:MaxConnectionsPerSite", Number(1, 10_000, "connections"), "5",
            "Most connections to one site at a time, over the whole cluster."),
        new("Delivery:MaxRatePerSite", RateOrNone, "50/s",
            "Most messages to one site, over the whole cluster; each transaction of a message counts. Empty: no limit."),
        new("Delivery:MaxMessagesPerConnection", Number(1, 1_000_000, "messages"), "10", "Messages after which a connection is closed."),
        new("Delivery:MaxRecipientsPerTransaction", Number(1, 1000, "recipients"), "50", "Most recipients of one transaction."),
        new("Delivery:IdleConnection", Dialogue, "2s", "How long a connection without work stays open."),
        new("Delivery:EightBit", Choice("auto", "convert", "refuse", "send"), "convert",
            "What is done with 8-bit content for hosts without 8BITMIME; auto converts it unless its author has signed it."),
        new("Delivery:LongLines", Choice("auto", "convert", "refuse", "send"), "convert",
            "What is done with lines above 998 octets; auto converts them unless their author has signed them."),
        new("Delivery:Tls:Authorities", Text("the path of a file, or empty", TextForms.Path), "/etc/postfleet/authorities.crt",
            "Authorities that are trusted beside the system's, in PEM form."),
        new("Delivery:Timeouts:Connect", Dialogue, "10s", "For the TCP connection, each address."),
        new("Delivery:Timeouts:Greeting", Dialogue, "1m", "For the greeting."),
        new("Delivery:Timeouts:Tls", Dialogue, "10s", "For the TLS handshake."),
        new("Delivery:Timeouts:Command", Dialogue, "1m", "For the replies to EHLO, HELO, MAIL and RCPT."),
        new("Delivery:Timeouts:DataStart", Dialogue, "1m", "For the reply to DATA."),
        new("Delivery:Timeouts:DataBlock", Dialogue, "1m", "For each block of content to be taken."),
        new("Delivery:Timeouts:DataEnd", Dialogue, "15m", "For the reply to the final dot; a shorter one makes duplicates."),
        new("Delivery:Timeouts:Quit", Dialogue, "5s", "For the replies to RSET and QUIT."),

        new("Dns:Servers:#", Text("address or address:port", TextForms.DnsServer), "192.0.2.53:53", "DNS servers; none takes the system's."),
        new("Dns:Timeout", Duration("100ms", "1m"), "2s", "How long one query may take."),

        new("Capture:MaxMessages", Number(1, 1_000_000, "messages"), "100", "Most captured messages that are kept; the oldest go."),
        new("Capture:MaxAge", Duration("1s", "3650d"), "1d", "How long captured messages are kept."),

        new("Admin:Endpoint", ListenEndpoint, "127.0.0.1:0",
            "Where the admin API is; off loopback only with a token. Port 0 takes any free one."),
        new("Admin:Token", Text("letters, digits and -._~+/=, or empty", TextForms.Token), "4f7b0c1e9a",
            "What requests to the API must show as bearer token.") { Secret = SecretKind.Whole },

        new("Log:Format", Choice("text", "json"), "json", "How log lines are written."),
        new("Log:Level", Choice("trace", "debug", "info", "warn", "error"), "debug", "The least level that is written."),
    ];

    /// <summary>The keys as the engine takes them.</summary>
    public static KeyTable Table { get; } = new(Keys);
}
