using System.Net;
using Postfleet.Core.Options;
using Postfleet.Core.Protocol;
using Postfleet.Core.Units;

namespace Postfleet.Node.Configuration;

/// <summary>What no value shows by itself: values that do not go together.</summary>
internal static class OptionsChecks
{
    private const string LocalName = "localhost";

    /// <summary>The roles without which accepted mail never leaves.</summary>
    public static IReadOnlyList<string> RolesBehindFrontend { get; } = [NodeRoles.Queue, NodeRoles.Delivery];

    /// <summary>An error line for each fault.</summary>
    public static IEnumerable<string> Check(PostfleetOptions options) =>
    [
        .. CheckRoles(options),
        .. CheckStorage(options.Storage),
        .. CheckCluster(options),
        .. CheckEndpoints(options),
        .. CheckOwnTargets(options),
        .. CheckTls(options),
        .. CheckSmtp(options),
        .. options.Routes.Index().SelectMany(route => CheckRoute($"Routes:{route.Index}", route.Item)),
        .. RouteChecks.Check(options),
        .. CheckTimes(options.Queues),
    ];

    private static IEnumerable<string> CheckRoles(PostfleetOptions options)
    {
        var node = options.Node;
        if (node.Roles.Count == 0) yield return "Node:Roles is empty; allowed: one or more of frontend, queue, delivery";
        foreach (var role in node.Roles.CountBy(role => role).Where(role => role.Value > 1))
            yield return $"Node:Roles has '{role.Key}' {role.Value} times; allowed: each role once";
        var missing = RolesBehindFrontend.Except(node.Roles).ToList();
        if (node.Roles.Count > 0 && missing.Count > 0 && options.Storage.Provider == "sqlite")
        {
            yield return $"Node:Roles lacks '{string.Join("', '", missing)}' and Storage:Provider is 'sqlite'; " +
                "allowed: queue and delivery too, since no other node can use this storage";
        }
    }

    private static IEnumerable<string> CheckStorage(StorageOptions storage)
    {
        if (storage.Provider == "postgres" && storage.ConnectionString.Length == 0)
        {
            yield return "Storage:ConnectionString is empty; allowed with Storage:Provider 'postgres': a connection string, " +
                "such as Host=db;Database=postfleet";
        }
    }

    private static IEnumerable<string> CheckCluster(PostfleetOptions options)
    {
        var cluster = options.Cluster;
        if (cluster.Seeds.Count > 0 && options.Storage.Provider != "postgres")
        {
            yield return $"Storage:Provider is '{options.Storage.Provider}' and Cluster:Seeds is not empty; " +
                "allowed: postgres, since all nodes of a cluster share their storage";
        }

        if (cluster.Seeds.Count > 0 && cluster.Port == 0)
            yield return "Cluster:Port is '0' and Cluster:Seeds is not empty; allowed: a port that the other nodes can know, 1 to 65535";

        if (IsLoopback(cluster.Host) && cluster.Seeds.FirstOrDefault(seed => !IsLoopback(seed[..seed.LastIndexOf(':')])) is { } elsewhere)
        {
            yield return $"Cluster:Host is '{cluster.Host}' and Cluster:Seeds has '{elsewhere}'; " +
                "allowed: a name or address by which nodes on other machines reach this one";
        }

        var files = new[] { cluster.Tls.Certificate, cluster.Tls.Key, cluster.Tls.Authority };
        if (files.Any(file => file.Length > 0) && files.Any(file => file.Length == 0))
        {
            yield return "Cluster:Tls has some of Certificate, Key and Authority; " +
                "allowed: all three, or none for traffic in the clear";
        }
    }

    private static IEnumerable<string> CheckEndpoints(PostfleetOptions options)
    {
        var admin = IPEndPoint.Parse(options.Admin.Endpoint);
        if (!IPAddress.IsLoopback(admin.Address) && options.Admin.Token.Length == 0)
        {
            yield return $"Admin:Endpoint is '{options.Admin.Endpoint}', which is open to others, and Admin:Token is empty; " +
                "allowed: a loopback address, or a token";
        }

        List<(string Key, string Text, IPEndPoint Endpoint, bool IsListener)> all = [("Admin:Endpoint", options.Admin.Endpoint, admin, false)];
        // A name would have to be looked up; it counts as an address of its own, but localhost is known.
        if (IPAddress.TryParse(options.Cluster.Host == LocalName ? "127.0.0.1" : options.Cluster.Host, out var host))
            all.Add(("Cluster:Port", $"{options.Cluster.Port}", new IPEndPoint(host, options.Cluster.Port), false));
        foreach (var (index, listener) in options.Listeners.Index())
            all.Add(($"Listeners:{index}:Endpoint", listener.Endpoint, IPEndPoint.Parse(listener.Endpoint), true));
        foreach (var (index, later) in all.Index())
        {
            var earlier = all.Take(index).FirstOrDefault(other => Overlap(other.Endpoint, later.Endpoint, isDual: !other.IsListener || !later.IsListener));
            if (earlier.Key is null) continue;
            var how = earlier.Endpoint.Equals(later.Endpoint) ? $"as is {earlier.Key}" : $"which overlaps with {earlier.Key} '{earlier.Text}'";
            yield return $"{later.Key} is '{later.Text}', {how}; allowed: an endpoint of its own";
        }
    }

    // Whether the system opens only one of the two. Where listeners alone share a port, [::] takes IPv6 only, so that 0.0.0.0 can stand beside it.
    private static bool Overlap(IPEndPoint one, IPEndPoint other, bool isDual)
    {
        // Any free port is another one each time.
        if (one.Port != other.Port || one.Port == 0) return false;
        if (one.AddressFamily == other.AddressFamily) return one.Address.Equals(other.Address) || IsWildcard(one.Address) || IsWildcard(other.Address);
        return isDual && (one.Address.Equals(IPAddress.IPv6Any) || other.Address.Equals(IPAddress.IPv6Any));
    }

    private static bool IsWildcard(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    private static bool IsLoopback(string host) =>
        IPAddress.TryParse(host.Trim('[', ']'), out var address) ? IPAddress.IsLoopback(address) : host == LocalName;

    // A listener of this node takes by the same routes, so that mail would come back to it until it has too many Received fields.
    private static IEnumerable<string> CheckOwnTargets(PostfleetOptions options)
    {
        foreach (var (index, route) in options.Routes.Index().Where(route => route.Item.To.Contains("://", StringComparison.Ordinal)))
        {
            var target = route.To[(route.To.IndexOf("://", StringComparison.Ordinal) + 3)..];
            if (!IPEndPoint.TryParse(target.StartsWith($"{LocalName}:", StringComparison.Ordinal) ? $"127.0.0.1{target[LocalName.Length..]}" : target, out var endpoint)) continue;
            var own = options.Listeners.Index().FirstOrDefault(listener => IsAt(IPEndPoint.Parse(listener.Item.Endpoint), endpoint));
            if (own.Item is not null) yield return $"Routes:{index}:To is '{route.To}', as is Listeners:{own.Index}:Endpoint, so that mail would go round; allowed: another server";
        }
    }

    // A wildcard listener has the loopback addresses for sure; which others the machine has is not looked up.
    private static bool IsAt(IPEndPoint listener, IPEndPoint target) =>
        listener.Port == target.Port && target.Port != 0 && (listener.Address.Equals(target.Address) || (IsWildcard(listener.Address) && IPAddress.IsLoopback(target.Address)));

    private static IEnumerable<string> CheckTls(PostfleetOptions options)
    {
        var (certificate, key) = (options.Tls.Certificate, options.Tls.Key);
        if ((certificate.Length == 0) != (key.Length == 0))
        {
            var missing = certificate.Length == 0 ? "Certificate" : "Key";
            yield return $"Tls:{missing} is empty; allowed: both Tls:Certificate and Tls:Key, or none of them";
        }

        foreach (var (index, _) in options.Listeners.Index().Where(listener => listener.Item.ImplicitTls && certificate.Length == 0))
            yield return $"Listeners:{index}:ImplicitTls is 'true'; allowed: false, since Tls:Certificate is empty";
    }

    private static IEnumerable<string> CheckSmtp(PostfleetOptions options)
    {
        var smtp = options.Smtp;
        if (smtp.MaxBodyMemory.Bytes < smtp.MaxMessageSize.Bytes)
            yield return $"Smtp:MaxBodyMemory is '{smtp.MaxBodyMemory}'; allowed: at least Smtp:MaxMessageSize, which is {smtp.MaxMessageSize}";
        if (smtp.MaxConnectionsPerNetwork < smtp.MaxConnectionsPerAddress)
        {
            yield return $"Smtp:MaxConnectionsPerNetwork is '{smtp.MaxConnectionsPerNetwork}'; " +
                $"allowed: at least Smtp:MaxConnectionsPerAddress, which is {smtp.MaxConnectionsPerAddress}";
        }

        foreach (var (index, _) in options.Listeners.Index().Where(listener => listener.Item.ProxyProtocol && smtp.TrustedProxies.Count == 0))
            yield return $"Listeners:{index}:ProxyProtocol is 'true'; allowed: false, since Smtp:TrustedProxies is empty";
    }

    private static IEnumerable<string> CheckRoute(string key, Core.Options.RouteOptions route)
    {
        var isHost = route.To.Contains("://", StringComparison.Ordinal);
        var isLogin = route.User.Length > 0;
        if (!isHost && route.To != "mx" && (route.Tls != "auto" || route.Source.Length > 0 || route.Hostname.Length > 0
            || route.EightBit != "inherit" || route.LongLines != "inherit"))
            yield return $"{key}:To is '{route.To}', and the route has Tls, Source, Hostname, EightBit or LongLines; allowed: these where mail leaves over a network";
        if (!isHost && isLogin) yield return $"{key}:To is '{route.To}', and the route has a User; allowed: a user for one named host";
        if (isLogin != (route.Password.Length > 0 || route.PasswordFile.Length > 0))
            yield return $"{key} has one of User and Password; allowed: User with Password or PasswordFile, or none of them";
        if (route.Password.Length > 0 && route.PasswordFile.Length > 0)
            yield return $"{key} has Password and PasswordFile; allowed: one of them";
        if (route.To.StartsWith("smtps:", StringComparison.Ordinal) && route.Tls is ("none" or "opportunistic"))
            yield return $"{key}:Tls is '{route.Tls}', and {key}:To is '{route.To}'; allowed: require or verify, since smtps is TLS from its start";
        if (route.To.StartsWith("lmtp:///", StringComparison.Ordinal) && (route.Source.Length > 0 || route.Tls is not ("auto" or "none")))
            yield return $"{key}:To is '{route.To}', and the route has Tls or Source; allowed: neither for a socket of this machine";
        if (isLogin && route.Tls is "none" && route.AuthInClear != "allow")
            yield return $"{key}:Tls is 'none' and the route has a User; allowed: require or verify, or {key}:AuthInClear 'allow'";
    }

    private static IEnumerable<string> CheckTimes(QueueOptions queues)
    {
        var all = CheckTimes("Queues", queues.FirstRetry, queues.MaxRetry, queues.Lifetime);
        var some = queues.Domains.Index().SelectMany(domain => CheckTimes(
            $"Queues:Domains:{domain.Index}",
            domain.Item.FirstRetry ?? queues.FirstRetry,
            domain.Item.MaxRetry ?? queues.MaxRetry,
            domain.Item.Lifetime ?? queues.Lifetime));
        return [.. all, .. some];
    }

    private static IEnumerable<string> CheckTimes(string section, TimeSpan first, TimeSpan max, TimeSpan lifetime)
    {
        if (first > max) yield return Shorter(section, "MaxRetry", max, "FirstRetry", first);
        if (max > lifetime) yield return Shorter(section, "Lifetime", lifetime, "MaxRetry", max);
    }

    private static string Shorter(string section, string name, TimeSpan value, string least, TimeSpan bound) =>
        $"{section}:{name} is '{Durations.Format(value)}'; allowed: at least {section}:{least}, which is {Durations.Format(bound)}";
}
