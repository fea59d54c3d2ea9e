using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Unicode;
using Postfleet.Configuration;
using Postfleet.Contracts.Queueing;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using static Postfleet.Configuration.ValueRule;

namespace Postfleet.Delivery.Options;

/// <summary>
/// The keys of the sections about delivery, and the rules for combinations of their values.
/// The bounds allow short times for tests.
/// </summary>
public sealed class DeliveryConfiguration : ModuleConfiguration<DeliverySections>
{
    private static readonly ValueRule Dialogue = Duration("100ms", "1h");
    private static readonly ValueRule Pattern = Text(
        "*, *.suffix or a domain name, or empty for a route with a Name",
        text => text.Length == 0 ? text : TextForms.DomainPattern(text));

    /// <inheritdoc/>
    public override IReadOnlyList<ConfigurationKey> Keys { get; } =
    [
        new("Routes:#:Name", Text($"1 to {IRouteNames.MaxLength} letters, digits, - and _, or empty",
            text => text.Length == 0 ? text : IRouteNames.Normalize(text)),
            "backup", "Name of the route, unique among the routes, by which an action moves mail to it (postfleet move --to-route)."),
        new("Routes:#:Domain", Pattern, "*.example.org",
            "Domains of the route; the first matching route applies. Empty: the route is used only by a move."),
        new("Routes:#:Stream", Text($"1 to {QueueKey.MaxStreamLength} letters, digits, - and _, or empty for all streams",
            text => text.ToLowerInvariant() is var name && (name.Length == 0 || QueueKey.IsStream(name)) ? name : null),
            "bulk", "Stream of the mail for which the route is."),
        new("Routes:#:To", Text(
            "mx, smtp://host:port, smtps://host:port, lmtp://host:port, lmtp:///path, capture, discard or reject",
            text => RouteTarget.TryParse(text)?.ToString()),
            "smtp://relay.example.org:25", "Target of their mail.") { Required = true },
        new("Routes:#:Tls", Choice<RouteTls>(), "verify",
            "TLS requirement; auto is verify for smtps and for routes with a user, otherwise opportunistic."),
        new("Routes:#:User", Text("a user's name, or empty", TextForms.Opaque), "relay@example.org",
            "User name for the host; empty does not authenticate."),
        new("Routes:#:Password", Text("a password, or empty", TextForms.Opaque), "secret",
            "The user's password.") { Secret = SecretKind.Whole },
        new("Routes:#:PasswordFile", FilePath(), "/run/secrets/relay",
            "A file with the user's password, read for each connection."),
        new("Routes:#:AuthInClear", Choice<AuthInClear>(), "unverified",
            "Whether the password may be sent to a host whose certificate is not verified, or also without TLS (allow)."),
        new("Routes:#:Source", Text("the name of a source, an IP address, an IPv4 and an IPv6 one with a comma between, or empty",
            text => RouteSource.TryParse(text)?.ToString()),
            "192.0.2.1, 2001:db8::1",
            "Source that connections leave from: an entry of Sources, or local addresses, without which a family is not used."),
        new("Routes:#:Hostname", Text("a domain name, or empty for the node's", TextForms.EmptyOrName), "out1.example.org",
            "The name given in EHLO."),
        new("Routes:#:EightBit", Choice<ContentRule>(), "convert",
            "Delivery:EightBit for this route; inherit uses Delivery:EightBit."),
        new("Routes:#:LongLines", Choice<ContentRule>(), "send",
            "Delivery:LongLines for this route; inherit uses Delivery:LongLines."),
        new("Routes:#:Proxy", Choice<ProxyMode>(), "defer",
            "Whether mail of strangers on inbound listeners is passed on to the host while the client waits: none; defer, or queue while "
            + "the host is away."),
        .. SourceConfiguration.Keys,

        new("Delivery:Port", Number(1, 65535, "port"), "2526", "Port of MX hosts."),
        new("Delivery:AllowLoopbackMx", Flag, "true", "Whether mx routes may connect to loopback addresses; for tests only."),
        new("Delivery:MaxConnectionsPerSite", Number(1, 10_000, "connections"), "5",
            "Maximum connections to one site at a time, over the whole cluster."),
        new("Delivery:MaxRatePerSite", RateOrNone, "50/s",
            "Maximum rate of messages to one site, over the whole cluster; each transaction counts. Empty: no limit."),
        new("Delivery:MaxMessagesPerConnection", Number(1, 1_000_000, "messages"), "10", "Messages after which a connection is closed."),
        new("Delivery:MaxRecipientsPerTransaction", Number(1, 1000, "recipients"), "50", "Maximum recipients of one transaction."),
        new("Delivery:IdleConnection", Dialogue, "2s", "Time after which an idle connection is closed."),
        new("Delivery:MaxProxyConnections", Number(1, 10_000, "connections"), "10",
            "Maximum connections of a node to one host to which mail is passed on (Routes:#:Proxy), beside the others."),
        new("Delivery:EightBit", Choice(ContentRule.Inherit), "convert",
            "Treatment of 8-bit content for hosts without 8BITMIME; auto converts it unless its author has signed it."),
        new("Delivery:LongLines", Choice(ContentRule.Inherit), "convert",
            "Treatment of lines longer than 998 octets; auto converts them unless their author has signed them."),
        new("Delivery:Tls:Authorities", FilePath(), "/etc/postfleet/authorities.crt",
            "Authorities that are trusted in addition to the system's, in PEM form."),
        new("Delivery:Tls:MtaSts", Flag, "true", "Whether mail of mx routes is sent by the MTA-STS policies of domains (RFC 8461)."),
        new("Delivery:Tls:Dane", Flag, "true",
            "Whether mail of mx routes is sent by the TLSA records of mail hosts (DANE, RFC 7672); needs a DNS server that validates."),
        new("Delivery:Tls:MtaStsPort", Number(1, 65535, "port"), "8443", "Port at which MTA-STS policies are fetched; for tests only."),
        new("Delivery:Timeouts:Connect", Dialogue, "10s", "For the TCP connection, each address."),
        new("Delivery:Timeouts:Greeting", Dialogue, "1m", "For the greeting."),
        new("Delivery:Timeouts:Tls", Dialogue, "10s", "For the TLS handshake."),
        new("Delivery:Timeouts:Command", Dialogue, "1m", "For the replies to EHLO, HELO, MAIL and RCPT."),
        new("Delivery:Timeouts:DataStart", Dialogue, "1m", "For the reply to DATA."),
        new("Delivery:Timeouts:DataBlock", Dialogue, "1m", "For the host to accept each block of content."),
        new("Delivery:Timeouts:DataEnd", Dialogue, "15m", "For the reply to the final dot; a shorter time causes duplicates."),
        new("Delivery:Timeouts:Quit", Dialogue, "5s", "For the replies to RSET and QUIT."),

        .. ShapingKeys.All,

        new("Responses:Files:#", FilePath(), "/etc/postfleet/responses.json",
            "Files of rules for replies, before the shipped rules; the first matching rule applies."),
        new("Responses:Shipped", Flag, "false", "Whether the shipped rules apply, too."),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<string> Reloaded { get; } =
    [
        "Routes", "Sources", "Responses", "Providers", "Destinations", "Delivery:Port", "Delivery:MaxConnectionsPerSite",
        "Delivery:MaxRatePerSite",
        "Delivery:MaxMessagesPerConnection", "Delivery:MaxRecipientsPerTransaction", "Delivery:IdleConnection",
        "Delivery:MaxProxyConnections", "Delivery:EightBit", "Delivery:LongLines", "Delivery:Tls", "Delivery:Timeouts",
    ];

    /// <inheritdoc/>
    protected override IEnumerable<string> Check(DeliverySections options) =>
        options.Routes.Index().SelectMany(route => CheckRoute($"Routes:{route.Index}", route.Item))
            .Concat(CheckNames(options.Routes)).Concat(SourceConfiguration.Check(options)).Concat(ShapingKeys.Check(options));

    /// <inheritdoc/>
    protected override IEnumerable<string> CheckFiles(DeliverySections options, CheckSurroundings surroundings)
    {
        if (options.Delivery.Tls.Authorities is { Length: > 0 } authorities
            && CheckAuthorities(surroundings.Full(authorities)) is { } unusable)
        {
            yield return $"Delivery:Tls:Authorities is '{authorities}', which cannot be used: {unusable}; " +
                "allowed: a file with certificates in PEM form";
        }

        foreach (var fault in ResponseRules.Check(options.Responses, options.Providers, surroundings.Full)) yield return fault;
        foreach (var (index, route) in options.Routes.Index().Where(route => route.Item.PasswordFile.Length > 0))
        {
            byte[] octets = [];
            var key = $"Routes:{index}:PasswordFile is '{route.PasswordFile}'";
            var file = surroundings.Full(route.PasswordFile);
            if (FileFaults.Try(() => octets = File.ReadAllBytes(file)) is { } unreadable)
            {
                yield return $"{key}, which cannot be read: {unreadable}; allowed: a file with the password";
                continue;
            }

            var password = Encoding.UTF8.GetString(octets).TrimEnd('\r', '\n');
            if (!Utf8.IsValid(octets))
                yield return $"{key}, which is not UTF-8; allowed: a file with the password in UTF-8";
            else if (password.Length == 0)
                yield return $"{key}, which holds no password; allowed: a file with the password";
            else if (password.Any(char.IsControl))
                yield return $"{key}, which holds more than a line of text; allowed: a file with the password";
        }
    }

    /// <inheritdoc/>
    protected override IEnumerable<string> Warn(DeliverySections options, CheckSurroundings surroundings) =>
    [
        .. options.Routes.Index().SelectMany(route => WarnOfSource($"Routes:{route.Index}", route.Item, surroundings)),
        .. SourceConfiguration.Warn(options, surroundings),
        .. ListWarnings.NeverUsed(
            "Routes", [.. options.Routes.Select(route => route.Domain)],
            (earlier, later) =>
                options.Routes[earlier].Stream is var stream && (stream.Length == 0 || stream == options.Routes[later].Stream)),
        .. WarnOfNoDefault(options.Routes),
        .. options.Routes.Index().SelectMany(route => WarnOfPassword($"Routes:{route.Index}", route.Item)),
    ];

    private static IEnumerable<string> CheckRoute(string key, RouteOptions route)
    {
        var target = route.To;
        var isHost = target.Kind == TargetKind.Smarthost;
        var isLogin = route.User.Length > 0;
        if (route.Domain == DomainPattern.None && route.Name.Length == 0)
        {
            yield return $"{key}:Domain is missing; allowed: *, *.suffix or a domain name, or none for a route with a Name, " +
                "which only a move uses";
        }

        if (!isHost && target.Kind != TargetKind.Mx && (route.Tls != RouteTls.Auto || !route.Source.IsEmpty || route.Hostname.Length > 0
            || route.EightBit != ContentRule.Inherit || route.LongLines != ContentRule.Inherit))
        {
            yield return $"{key}:To is '{route.To}', and the route has Tls, Source, Hostname, EightBit or LongLines; " +
                "allowed: these where mail leaves over a network";
        }

        if (!isHost && route.Proxy != ProxyMode.None)
        {
            yield return $"{key}:Proxy is '{TextForms.Write(route.Proxy)}', and {key}:To is '{route.To}'; " +
                "allowed: none, since mail is passed on to a named host alone";
        }

        if (route.Proxy != ProxyMode.None && route.Stream.Length > 0)
        {
            yield return $"{key}:Proxy is '{TextForms.Write(route.Proxy)}', and {key}:Stream is '{route.Stream}'; "
                + "allowed: none, since a stream's mail is queued first";
        }

        if (!isHost && isLogin) yield return $"{key}:To is '{route.To}', and the route has a User; allowed: a user for one named host";
        if (isLogin != (route.Password.Length > 0 || route.PasswordFile.Length > 0))
            yield return $"{key} has one of User and Password; allowed: User with Password or PasswordFile, or none of them";
        if (route.Password.Length > 0 && route.PasswordFile.Length > 0)
            yield return $"{key} has Password and PasswordFile; allowed: one of them";
        if (isHost && target.Protocol == MailProtocol.Smtps && route.Tls is (RouteTls.None or RouteTls.Opportunistic))
        {
            yield return $"{key}:Tls is '{TextForms.Write(route.Tls)}', and {key}:To is '{route.To}'; " +
                "allowed: require or verify, since smtps is TLS from its start";
        }

        if (target.IsLocalSocket && (!route.Source.IsEmpty || route.Tls is not (RouteTls.Auto or RouteTls.None)))
            yield return $"{key}:To is '{route.To}', and the route has Tls or Source; allowed: neither for a socket of this machine";
        if (isLogin && route.Tls == RouteTls.None && route.AuthInClear != AuthInClear.Allow)
            yield return $"{key}:Tls is 'none' and the route has a User; allowed: require or verify, or {key}:AuthInClear 'allow'";
    }

    private static IEnumerable<string> CheckNames(IReadOnlyList<RouteOptions> routes)
    {
        foreach (var (index, route) in routes.Index().Where(route => route.Item.Name.Length > 0))
        {
            var first = routes.Index().First(other => other.Item.Name == route.Name).Index;
            if (first < index)
                yield return $"Routes:{index}:Name is '{route.Name}', as is Routes:{first}:Name; allowed: a name that no other route has";
        }
    }

    private static string? CheckAuthorities(string path)
    {
        var authorities = new X509Certificate2Collection();
        return FileFaults.Try(() => authorities.ImportFromPemFile(path)) ?? (authorities.Count == 0 ? "it holds no certificate" : null);
    }

    private static IEnumerable<string> WarnOfNoDefault(IReadOnlyList<RouteOptions> routes)
    {
        if (routes.All(route => route.Domain != DomainPattern.All || route.Stream.Length > 0))
            yield return "Routes has no route for '*': mail for domains that no route matches is refused";
    }

    private static IEnumerable<string> WarnOfSource(string key, RouteOptions route, CheckSurroundings surroundings)
    {
        foreach (var source in route.Source.Addresses.All.Where(surroundings.IsForeign))
            yield return $"{key}:Source is '{source}', which is no address of this machine: here mail cannot leave from it, and waits";
    }

    private static IEnumerable<string> WarnOfPassword(string key, RouteOptions route)
    {
        if (route.User.Length == 0 && route.AuthInClear != AuthInClear.Refuse)
        {
            yield return $"{key}:AuthInClear is '{TextForms.Write(route.AuthInClear)}', " +
                "and the route has no User whose password it is about";
        }

        if (route.User.Length == 0 || route.Tls is not (RouteTls.Require or RouteTls.Opportunistic)) yield break;
        yield return route.AuthInClear == AuthInClear.Refuse
            ? $"{key}:Tls is '{TextForms.Write(route.Tls)}' and the route has a User: the host's certificate is not verified, " +
                "so that SCRAM-SHA-256 alone is used and mail waits where the host does not offer it; verify proves the host"
            : $"{key}:Tls is '{TextForms.Write(route.Tls)}' and {key}:AuthInClear is '{TextForms.Write(route.AuthInClear)}': " +
                "the password is shown to whatever host answers; verify proves the host";
    }
}
