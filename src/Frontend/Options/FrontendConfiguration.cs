using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Postfleet.Configuration;
using Postfleet.Core.Queueing;
using static Postfleet.Configuration.ValueRule;

namespace Postfleet.Frontend.Options;

/// <summary>
/// The keys, checks and warnings of the SMTP server's configuration sections. The lower bounds of durations are short enough for tests.
/// </summary>
public sealed class FrontendConfiguration : ModuleConfiguration<FrontendSections>
{
    private static readonly ValueRule ListenEndpoint = Text("address:port, with IPv6 addresses in brackets", TextForms.ListenEndpoint);
    private static readonly ValueRule Network = Text("a network in CIDR form without host bits, such as 10.0.0.0/8", TextForms.Network);
    private static readonly ValueRule Dialogue = Duration("100ms", "1h");

    /// <inheritdoc/>
    public override IReadOnlyList<ConfigurationKey> Keys { get; } =
    [
        new("Listeners:#:Endpoint", ListenEndpoint, "[::]:25",
            "Endpoint on which mail is accepted; port 0 takes any free port.") { Required = true },
        new("Listeners:#:Service", Choice(ListenerOptions.Relay, ListenerOptions.Submission, ListenerOptions.Inbound), "submission",
            "Service of the listener: relay, for own machines; submission, for users with a password (RFC 6409); "
            + "inbound, for mail from strangers to Inbound:Domains."),
        new("Listeners:#:Stream", Text("the name of a stream, or empty", StreamForm), "bulk",
            "Stream of mail for which neither the message nor the user names one; empty for default."),
        new("Listeners:#:Checks", Text(ListenerCheckText.Allowed, ListenerCheckText.Normalize), "access dns-lists",
            "What the listener checks of mail; of inbound all, of relay access and rates, of submission none."),
        new("Listeners:#:Filters", Text(ListenerFilterText.Allowed, ListenerFilterText.Normalize), "rspamd",
            "Names of the filters of the listener, in place of those whose Services fit."),
        new("Listeners:#:ImplicitTls", Flag, "true",
            "Whether TLS starts with the connection, as on port 465; other listeners offer STARTTLS."),
        new("Listeners:#:ProxyProtocol", Flag, "true",
            "Whether every connection begins with a PROXY header (version 1 or 2) of a proxy among Smtp:TrustedProxies."),

        new("Tls:Certificate", FilePath("for no TLS"), "/etc/postfleet/tls.crt",
            "Certificate of the listeners and the intermediate certificates up to its authority, in PEM form."),
        new("Tls:Key", FilePath(), "/etc/postfleet/tls.key", "Its private key, in PEM form."),

        new("Smtp:MaxMessageSize", Size("1KB", "1GB"), "50MB", "Largest accepted message (RFC 1870)."),
        new("Smtp:MaxRecipients", Number(1, 100_000, "recipients"), "500", "Most recipients of a message; RFC 5321 asks for 100 at least."),
        new("Smtp:MaxConnections", Number(1, 100_000, "connections"), "5000", "Most connections at a time."),
        new("Smtp:MaxConnectionsPerAddress", Number(1, 100_000, "connections"), "50",
            "Most connections at a time from one address; a /64 of IPv6 counts as one."),
        new("Smtp:MaxConnectionsPerNetwork", Number(1, 100_000, "connections"), "300",
            "Most connections at a time from one network, a /24 of IPv4 or a /48 of IPv6; at least those from one address."),
        new("Smtp:CommandTimeout", Dialogue, "2m",
            "Time for a client's next command, up to the end of its line; RFC 5321 asks for 5 minutes at least."),
        new("Smtp:DataTimeout", Dialogue, "5m",
            "Longest pause of a client inside DATA and between two BDAT; other commands do not extend it."),
        new("Smtp:MinDataRate", Number(0, 1_000_000, "bytes/s"), "100",
            "Least rate of content; a client may fall behind by one DataTimeout. 0: no limit."),
        new("Smtp:SessionTimeout", Duration("100ms", "10d"), "1h", "Longest duration of a session, which ends between two commands."),
        new("Smtp:GreetingDelay", Duration("0s", "1m"), "6s",
            "How long a client outside of Relay:TrustedNetworks must be silent before the greeting; 0s disables the check."),
        new("Smtp:MaxMessagesPerConnection", Number(1, 1_000_000, "messages"), "1000",
            "Most transactions of a session (RFC 9422, MAILMAX)."),
        new("Smtp:MaxCommands", Number(1, 100_000_000, "commands"), "10000", "Most commands of a session."),
        new("Smtp:MaxJunkCommands", Number(1, 1_000_000, "commands"), "50",
            "Most commands without effect on a message (HELO, EHLO, RSET, NOOP, VRFY, HELP) between two messages."),
        new("Smtp:MaxErrors", Number(1, 1000, "errors"), "10", "Number of errors after which a session ends."),
        new("Smtp:MaxBodyMemory", Size("1KB", "1000GB"), "1GB",
            "Memory for messages and envelopes in reception; at least the largest message."),
        new("Smtp:TrustedProxies:#", Network, "10.0.0.0/8",
            "Networks of the proxies trusted to name clients, on listeners with ProxyProtocol."),

        new("Relay:TrustedNetworks:#", Network, "10.0.0.0/8",
            "Networks whose clients may send to any domain."),
        new("Relay:Domains:#", Text("a domain name or *.suffix", TextForms.NameOrSuffix), "*.example.org",
            "Domains open to every client."),
        new("Relay:Postmaster", Text("a mail address, or empty", TextForms.EmptyOrMailbox), "postmaster@example.org",
            "Recipient of mail for postmaster without a domain, or at the node's own name."),
        .. SubmissionKeys.All(Network),
        .. InboundKeys.All,
        .. RewritingKeys.All,
        .. FilterKeys.All,
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Reloaded { get; } =
    [
        "Tls", "Relay", "Smtp:MaxRecipients", "Smtp:MaxConnectionsPerAddress", "Smtp:MaxConnectionsPerNetwork", "Smtp:CommandTimeout",
        "Smtp:DataTimeout", "Smtp:MinDataRate", "Smtp:SessionTimeout", "Smtp:GreetingDelay", "Smtp:MaxMessagesPerConnection",
        "Smtp:MaxCommands", "Smtp:MaxJunkCommands", "Smtp:MaxErrors", "Smtp:TrustedProxies", .. SubmissionKeys.Reloaded, "Inbound",
        "Rewriting", "Filters",
    ];

    // The largest allocations by registries are /8 in IPv4 and /19 in IPv6: a larger network includes addresses of other organisations.
    private const int LeastPrefix4 = 8;
    private const int LeastPrefix6 = 19;

    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string AnyUsage = "2.5.29.37.0";

    // OpenSSL's security level 2, the default of Debian and others, refuses shorter keys: every handshake would fail.
    private const int LeastRsaKey = 2048;

    private static readonly TimeSpan SoonExpired = TimeSpan.FromDays(14);

    /// <inheritdoc/>
    protected override IEnumerable<string> Check(FrontendSections options) =>
        [.. CheckTls(options.Tls, options.Listeners), .. CheckSmtp(options.Smtp, options.Listeners), .. SubmissionKeys.Check(options),
            .. InboundKeys.Check(options), .. RewritingKeys.Check(options.Rewriting), .. FilterKeys.Check(options)];

    /// <inheritdoc/>
    protected override IEnumerable<string> CheckFiles(FrontendSections options, CheckSurroundings surroundings) =>
    [
        .. FileFaults.CheckPair("Tls", options.Tls.Certificate, options.Tls.Key, surroundings),
        .. SubmissionKeys.CheckFiles(options.Auth, surroundings),
        .. InboundKeys.CheckFiles(options.Inbound, surroundings),
        .. RewritingKeys.CheckFiles(options.Rewriting, surroundings),
        .. FilterKeys.CheckFiles(options, surroundings),
    ];

    /// <inheritdoc/>
    protected override IEnumerable<string> Warn(FrontendSections options, CheckSurroundings surroundings) =>
    [
        .. WarnOfNetworks(
            "Relay:TrustedNetworks", options.Relay.TrustedNetworks, "every client in it may send mail to anybody (an open relay)"),
        .. WarnOfNetworks(
            "Smtp:TrustedProxies", options.Smtp.TrustedProxies, "every client in it may claim any address with a PROXY header"),
        .. ListWarnings.Repeated("Smtp:TrustedProxies", options.Smtp.TrustedProxies),
        .. ListWarnings.Repeated("Relay:TrustedNetworks", options.Relay.TrustedNetworks),
        .. ListWarnings.Repeated("Relay:Domains", options.Relay.Domains),
        .. InboundKeys.Warn(options, surroundings),
        .. FilterKeys.Warn(options),
        .. WarnOfProxies(options.Smtp, options.Listeners),
        .. WarnOfListeners(options.Listeners, surroundings),
        .. WarnOfCertificate(options.Tls, surroundings),
    ];

    private static string? StreamForm(string text) =>
        text.ToLowerInvariant() is var name && (name.Length == 0 || QueueKey.IsStream(name)) ? name : null;

    private static IEnumerable<string> CheckTls(TlsOptions tls, IReadOnlyList<ListenerOptions> listeners)
    {
        if ((tls.Certificate.Length == 0) != (tls.Key.Length == 0))
        {
            var missing = tls.Certificate.Length == 0 ? "Certificate" : "Key";
            yield return $"Tls:{missing} is empty; allowed: both Tls:Certificate and Tls:Key, or none of them";
        }

        foreach (var (index, _) in listeners.Index().Where(listener => listener.Item.ImplicitTls && tls.Certificate.Length == 0))
            yield return $"Listeners:{index}:ImplicitTls is 'true'; allowed: false, since Tls:Certificate is empty";
    }

    private static IEnumerable<string> CheckSmtp(SmtpOptions smtp, IReadOnlyList<ListenerOptions> listeners)
    {
        if (smtp.MaxBodyMemory.Bytes < smtp.MaxMessageSize.Bytes)
        {
            yield return $"Smtp:MaxBodyMemory is '{smtp.MaxBodyMemory}'; " +
                $"allowed: at least Smtp:MaxMessageSize, which is {smtp.MaxMessageSize}";
        }

        if (smtp.MaxConnectionsPerNetwork < smtp.MaxConnectionsPerAddress)
        {
            yield return $"Smtp:MaxConnectionsPerNetwork is '{smtp.MaxConnectionsPerNetwork}'; " +
                $"allowed: at least Smtp:MaxConnectionsPerAddress, which is {smtp.MaxConnectionsPerAddress}";
        }

        foreach (var (index, _) in listeners.Index().Where(listener => listener.Item.ProxyProtocol && smtp.TrustedProxies.Count == 0))
            yield return $"Listeners:{index}:ProxyProtocol is 'true'; allowed: false, since Smtp:TrustedProxies is empty";
    }

    private static IEnumerable<string> WarnOfNetworks(string key, IReadOnlyList<IPNetwork> networks, string consequence)
    {
        foreach (var (index, network) in networks.Index())
        {
            var least = network.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? LeastPrefix4 : LeastPrefix6;
            // The loopback network and 10.0.0.0/8 are private and not larger; unique local addresses (RFC 4193) are private and a /7.
            if (network.PrefixLength < least && !network.BaseAddress.IsIPv6UniqueLocal)
                yield return $"{key}:{index} is '{network}', which includes addresses of strangers: {consequence}";
        }
    }

    private static IEnumerable<string> WarnOfProxies(SmtpOptions smtp, IReadOnlyList<ListenerOptions> listeners)
    {
        if (smtp.TrustedProxies.Count > 0 && listeners.Count > 0 && listeners.All(listener => !listener.ProxyProtocol))
            yield return "Smtp:TrustedProxies is not empty and no listener has ProxyProtocol: no PROXY header is read";
    }

    private static IEnumerable<string> WarnOfListeners(IReadOnlyList<ListenerOptions> listeners, CheckSurroundings surroundings)
    {
        foreach (var (index, listener) in listeners.Index()
            .Where(listener => surroundings.IsForeign(listener.Item.Endpoint.Address)))
        {
            yield return $"Listeners:{index}:Endpoint is '{listener.Endpoint}', which is no address of this machine: " +
                "here the listener cannot be opened";
        }
    }

    private static IEnumerable<string> WarnOfCertificate(TlsOptions tls, CheckSurroundings surroundings)
    {
        using var certificate = Read(tls, surroundings);
        if (certificate is null) yield break;
        var (now, end) = (surroundings.Now.UtcDateTime, certificate.NotAfter.ToUniversalTime());
        if (end < now) yield return $"Tls:Certificate is '{tls.Certificate}', which has expired at {end:yyyy-MM-dd HH:mm} UTC";
        else if (end < now + SoonExpired)
            yield return $"Tls:Certificate is '{tls.Certificate}', which expires at {end:yyyy-MM-dd HH:mm} UTC";
        if (certificate.NotBefore.ToUniversalTime() is var start && start > now)
            yield return $"Tls:Certificate is '{tls.Certificate}', which is not valid before {start:yyyy-MM-dd HH:mm} UTC";
        using var rsa = certificate.GetRSAPublicKey();
        if (rsa is { KeySize: < LeastRsaKey } weak)
        {
            yield return $"Tls:Certificate is '{tls.Certificate}', which has an RSA key of {weak.KeySize} bits: " +
                $"OpenSSL uses none below {LeastRsaKey}, unless the machine allows it";
        }

        if (!IsForServers(certificate))
        {
            yield return $"Tls:Certificate is '{tls.Certificate}', whose extended key usage lacks server authentication: " +
                "clients that check certificates refuse it";
        }

        if (!certificate.MatchesHostname(surroundings.Hostname))
            yield return $"Tls:Certificate is '{tls.Certificate}', which is not for Node:Hostname '{surroundings.Hostname}'";
    }

    // RFC 5280 section 4.2.1.12: without the extension, a certificate is for all purposes.
    private static bool IsForServers(X509Certificate2 certificate)
    {
        var usages = certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>()
            .SelectMany(extension => extension.EnhancedKeyUsages.Cast<Oid>().Select(usage => usage.Value)).ToList();
        return usages.Count == 0 || usages.Contains(ServerAuthentication) || usages.Contains(AnyUsage);
    }

    // Null without a usable certificate.
    private static X509Certificate2? Read(TlsOptions tls, CheckSurroundings surroundings)
    {
        X509Certificate2? found = null;
        if (tls.Certificate.Length > 0)
            FileFaults.Try(() => found = X509Certificate2.CreateFromPem(File.ReadAllText(surroundings.Full(tls.Certificate))));
        return found;
    }
}
