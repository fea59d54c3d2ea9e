using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Postfleet.Core.Networking;
using Postfleet.Core.Options;
using Postfleet.Core.Protocol;
using Postfleet.Node.Common;

namespace Postfleet.Node.Configuration;

/// <summary>Settings that are allowed and most likely mistakes. <c>check</c> prints them, and a node logs them when it starts.</summary>
internal static class OptionsWarnings
{
    // The largest blocks that registries have given to anybody are /8 of IPv4 and /19 of IPv6: a larger network belongs to strangers too.
    private const int LeastPrefix4 = 8;
    private const int LeastPrefix6 = 19;

    // Ten characters by chance are not guessed over a network.
    private const int LeastToken = 10;

    // OpenSSL's security level 2, which Debian and others set, takes no shorter one; then every handshake fails.
    private const int LeastRsaKey = 2048;

    private static readonly TimeSpan SoonExpired = TimeSpan.FromDays(14);

    /// <summary>A line for each setting.</summary>
    /// <param name="options">The configuration.</param>
    /// <param name="workingDirectory">Where relative file names start.</param>
    /// <param name="now">The time that certificates are held against.</param>
    public static IEnumerable<string> Check(PostfleetOptions options, string workingDirectory, DateTimeOffset now) =>
    [
        .. CheckHostname(options.Node.Hostname),
        .. CheckRoles(options),
        .. CheckNetworks("Relay:TrustedNetworks", options.Relay.TrustedNetworks, "every client in it may send mail to anybody (an open relay)"),
        .. CheckNetworks("Smtp:TrustedProxies", options.Smtp.TrustedProxies, "every client in it may claim any address with a PROXY header"),
        .. CheckStorage(options.Storage),
        .. CheckRepeats("Cluster:Seeds", options.Cluster.Seeds),
        .. CheckRepeats("Smtp:TrustedProxies", options.Smtp.TrustedProxies),
        .. CheckRepeats("Relay:TrustedNetworks", options.Relay.TrustedNetworks),
        .. CheckRepeats("Relay:Domains", options.Relay.Domains),
        .. CheckRepeats("Notifications:Copies", options.Notifications.Copies),
        .. CheckRepeats("Dns:Servers", options.Dns.Servers),
        .. CheckProxies(options),
        .. CheckLocalAddresses(options),
        .. CheckToken(options.Admin),
        .. CheckOrder("Routes", [.. options.Routes.Select(route => route.Domain)]),
        .. CheckOrder("Queues:Domains", [.. options.Queues.Domains.Select(domain => domain.Domain)]),
        .. CheckDefaultRoute(options.Routes),
        .. RouteChecks.Warn(options),
        .. options.Routes.Index().SelectMany(route => CheckPassword($"Routes:{route.Index}", route.Item)),
        .. CheckCertificate(options, workingDirectory, now),
    ];

    private static IEnumerable<string> CheckHostname(string hostname)
    {
        if (!hostname.Contains('.', StringComparison.Ordinal))
        {
            yield return $"Node:Hostname is '{hostname}', which has no domain: many servers refuse mail from a node of such a name; " +
                "set a name that resolves to the address that mail leaves from";
        }
    }

    private static IEnumerable<string> CheckRoles(PostfleetOptions options)
    {
        var roles = options.Node.Roles;
        if (roles.Contains(NodeRoles.Frontend) && options.Listeners.Count == 0)
            yield return "Listeners is empty and Node:Roles has 'frontend': this node accepts no mail";
        if (options.Storage.Provider == "sqlite" && !roles.Contains(NodeRoles.Frontend))
            yield return "Node:Roles lacks 'frontend' and Storage:Provider is 'sqlite': this node accepts no mail, and only delivers mail that its storage holds";
        var missing = OptionsChecks.RolesBehindFrontend.Except(roles).ToList();
        if (options.Storage.Provider == "postgres" && options.Cluster.Seeds.Count == 0 && missing.Count > 0)
        {
            yield return $"Node:Roles lacks '{string.Join("', '", missing)}' and Cluster:Seeds is empty: " +
                "mail waits until nodes with these roles join this one";
        }
    }

    private static IEnumerable<string> CheckNetworks(string key, IReadOnlyList<string> networks, string consequence)
    {
        foreach (var (index, text) in networks.Index())
        {
            var network = IPNetwork.Parse(text);
            var least = network.BaseAddress.AddressFamily == AddressFamily.InterNetwork ? LeastPrefix4 : LeastPrefix6;
            // The loopback network and 10.0.0.0/8 are as large as this and nobody else's; unique local addresses (RFC 4193) are a /7.
            if (network.PrefixLength < least && !network.BaseAddress.IsIPv6UniqueLocal)
                yield return $"{key}:{index} is '{text}', which includes addresses of strangers: {consequence}";
        }
    }

    private static IEnumerable<string> CheckStorage(StorageOptions storage)
    {
        if (storage.Provider == "sqlite" && storage.ConnectionString.Length > 0)
            yield return "Storage:ConnectionString is set and Storage:Provider is 'sqlite': mail is kept in Storage:Path, and the database is not used";
    }

    private static IEnumerable<string> CheckRepeats(string list, IReadOnlyList<string> values)
    {
        foreach (var (index, value) in values.Index())
        {
            var first = Enumerable.Range(0, index).FirstOrDefault(earlier => values[earlier] == value, -1);
            if (first >= 0) yield return $"{list}:{index} is '{value}', as is {list}:{first}";
        }
    }

    private static IEnumerable<string> CheckProxies(PostfleetOptions options)
    {
        if (options.Smtp.TrustedProxies.Count > 0 && options.Listeners.Count > 0 && options.Listeners.All(listener => !listener.ProxyProtocol))
            yield return "Smtp:TrustedProxies is not empty and no listener has ProxyProtocol: no PROXY header is read";
    }

    // check may run elsewhere than the node, so that this is no fault.
    private static IEnumerable<string> CheckLocalAddresses(PostfleetOptions options)
    {
        var own = new Lazy<HashSet<IPAddress>>(() => [.. MachineAddresses.Read()]);
        bool IsForeign(IPAddress address) => !IPAddress.IsLoopback(address) && !ListenerAddresses.IsWildcard(address) && !own.Value.Contains(address);
        foreach (var (index, listener) in options.Listeners.Index().Where(listener => IsForeign(IPEndPoint.Parse(listener.Item.Endpoint).Address)))
            yield return $"Listeners:{index}:Endpoint is '{listener.Endpoint}', which is no address of this machine: here the listener cannot be opened";
        foreach (var (index, route) in options.Routes.Index().Where(route => route.Item.Source.Length > 0))
        {
            foreach (var source in route.Source.Split(',').Select(text => IPAddress.Parse(text.Trim())).Where(IsForeign))
                yield return $"Routes:{index}:Source is '{source}', which is no address of this machine: here mail cannot leave from it, and waits";
        }
    }

    private static IEnumerable<string> CheckToken(AdminOptions admin)
    {
        if (admin.Token.Length is > 0 and < LeastToken && !IPAddress.IsLoopback(IPEndPoint.Parse(admin.Endpoint).Address))
            yield return $"Admin:Token has {admin.Token.Length} characters and Admin:Endpoint '{admin.Endpoint}' is open to others: it can be guessed; take {LeastToken} or more";
    }

    private static IEnumerable<string> CheckOrder(string list, IReadOnlyList<string> domains)
    {
        for (var later = 1; later < domains.Count; later++)
        {
            var earlier = Enumerable.Range(0, later).FirstOrDefault(index => Covers(domains[index], domains[later]), -1);
            if (earlier >= 0)
                yield return $"{list}:{later}:Domain is '{domains[later]}', which is never used: {list}:{earlier}:Domain '{domains[earlier]}' matches first";
        }
    }

    // Whether each name that the later pattern matches is matched by the earlier one.
    private static bool Covers(string earlier, string later) =>
        earlier == "*" || earlier == later || (earlier.StartsWith("*.", StringComparison.Ordinal) && later.EndsWith(earlier[1..], StringComparison.Ordinal));

    private static IEnumerable<string> CheckDefaultRoute(IReadOnlyList<Core.Options.RouteOptions> routes)
    {
        if (routes.All(route => route.Domain != "*")) yield return "Routes has no route for '*': mail for domains that no route matches is refused";
    }

    private static IEnumerable<string> CheckPassword(string key, Core.Options.RouteOptions route)
    {
        if (route.User.Length == 0 && route.AuthInClear != "refuse") yield return $"{key}:AuthInClear is '{route.AuthInClear}', and the route has no User whose password it is about";
        if (route.User.Length == 0 || route.Tls is not ("require" or "opportunistic")) yield break;
        yield return route.AuthInClear == "refuse"
            ? $"{key}:Tls is '{route.Tls}' and the route has a User: the host's certificate is not verified, so that SCRAM-SHA-256 alone is used and mail waits where the host " +
                "does not offer it; verify proves the host"
            : $"{key}:Tls is '{route.Tls}' and {key}:AuthInClear is '{route.AuthInClear}': the password is shown to whatever host answers; verify proves the host";
    }

    private static IEnumerable<string> CheckCertificate(PostfleetOptions options, string workingDirectory, DateTimeOffset now)
    {
        using var certificate = FileChecks.ListenerCertificate(options.Tls, workingDirectory);
        if (certificate is null) yield break;
        var end = certificate.NotAfter.ToUniversalTime();
        if (end < now.UtcDateTime) yield return $"Tls:Certificate is '{options.Tls.Certificate}', which has expired at {end:yyyy-MM-dd HH:mm} UTC";
        else if (end < now.UtcDateTime + SoonExpired) yield return $"Tls:Certificate is '{options.Tls.Certificate}', which expires at {end:yyyy-MM-dd HH:mm} UTC";
        if (certificate.NotBefore.ToUniversalTime() > now.UtcDateTime)
            yield return $"Tls:Certificate is '{options.Tls.Certificate}', which is not valid before {certificate.NotBefore.ToUniversalTime():yyyy-MM-dd HH:mm} UTC";
        using var rsa = certificate.GetRSAPublicKey();
        if (rsa is { KeySize: < LeastRsaKey } weak)
            yield return $"Tls:Certificate is '{options.Tls.Certificate}', which has an RSA key of {weak.KeySize} bits: OpenSSL uses none below {LeastRsaKey}, unless the machine allows it";
        if (!certificate.MatchesHostname(options.Node.Hostname))
            yield return $"Tls:Certificate is '{options.Tls.Certificate}', which is not for Node:Hostname '{options.Node.Hostname}'";
    }
}
