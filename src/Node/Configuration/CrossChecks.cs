using System.Net;
using Postfleet.Cluster;
using Postfleet.Configuration;
using Postfleet.Contracts;
using Postfleet.Core.Networking;
using Postfleet.Core.Queueing;
using Postfleet.Core.Units;
using Postfleet.Dns;
using Postfleet.Frontend.Options;
using Postfleet.Node.Options;
using Postfleet.QueueActors.Options;
using Postfleet.Spool.Common;

namespace Postfleet.Node.Configuration;

/// <summary>
/// Checks combinations of values of several modules for contradictions and likely mistakes. Each module checks its own values.
/// </summary>
internal static class CrossChecks
{
    private const string LocalName = "localhost";

    /// <summary>The roles needed to deliver accepted mail.</summary>
    private static readonly string[] RolesBehindFrontend = [NodeRoles.Queue, NodeRoles.Delivery];

    /// <summary>An error line for each fault.</summary>
    public static IEnumerable<string> Check(PostfleetOptions options) =>
        [.. CheckStorage(options), .. CheckEndpoints(options), .. CheckOwnTargets(options), .. RouteChecks.Check(options)];

    /// <summary>A warning line for each allowed setting which is most likely a mistake.</summary>
    public static IEnumerable<string> Warn(PostfleetOptions options, CheckSurroundings surroundings) =>
        [
            .. WarnOfRoles(options), .. WarnOfStreams(options), .. WarnOfSignatures(options), .. WarnOfDane(options),
            .. RouteChecks.Warn(options, surroundings),
        ];

    private static IEnumerable<string> CheckStorage(PostfleetOptions options)
    {
        var (roles, provider) = (options.Node.Roles, options.Storage.Provider);
        var missing = RolesBehindFrontend.Except(roles).ToList();
        if (roles.Count > 0 && missing.Count > 0 && provider == SpoolProvider.Sqlite)
        {
            yield return $"Node:Roles lacks '{string.Join("', '", missing)}' and Storage:Provider is 'sqlite'; " +
                "allowed: queue and delivery too, since no other node can use this storage";
        }

        if (options.Cluster.Seeds.Count > 0 && provider != SpoolProvider.Postgres)
        {
            yield return $"Storage:Provider is '{TextForms.Write(provider)}' and Cluster:Seeds is not empty; " +
                "allowed: postgres, since all nodes of a cluster share their storage";
        }
    }

    private static IEnumerable<string> CheckEndpoints(PostfleetOptions options)
    {
        List<(string Key, string Text, IPEndPoint Endpoint, bool IsListener)> all =
            [("Admin:Endpoint", $"{options.Admin.Endpoint}", options.Admin.Endpoint, false)];
        // A name other than localhost is not resolved, and is assumed to have an address of its own. An address that is found at the start
        // may be loopback.
        if (IPAddress.TryParse(
            options.Cluster.Host is LocalName or NodeAddress.Auto ? NodeAddress.Loopback : options.Cluster.Host, out var host))
            all.Add(("Cluster:Port", $"{options.Cluster.Port}", new IPEndPoint(host, options.Cluster.Port), false));
        foreach (var (index, listener) in options.Listeners.Index())
            all.Add(($"Listeners:{index}:Endpoint", $"{listener.Endpoint}", listener.Endpoint, true));
        foreach (var (index, later) in all.Index())
        {
            var earlier = all.Take(index)
                .FirstOrDefault(other => Overlap(other.Endpoint, later.Endpoint, isDual: !other.IsListener || !later.IsListener));
            if (earlier.Key is null) continue;
            var how = earlier.Endpoint.Equals(later.Endpoint) ? $"as is {earlier.Key}"
                : $"which overlaps with {earlier.Key} '{earlier.Text}'";
            yield return $"{later.Key} is '{later.Text}', {how}; allowed: an endpoint of its own";
        }
    }

    // Whether two endpoints exclude each other. A listener on [::] accepts IPv6 only, so another on 0.0.0.0 may use the same port.
    private static bool Overlap(IPEndPoint one, IPEndPoint other, bool isDual)
    {
        // Port 0 is a different free port each time.
        if (one.Port != other.Port || one.Port == 0) return false;
        if (one.AddressFamily == other.AddressFamily)
        {
            return one.Address.Equals(other.Address)
                || ListenerAddresses.IsWildcard(one.Address) || ListenerAddresses.IsWildcard(other.Address);
        }

        return isDual && (one.Address.Equals(IPAddress.IPv6Any) || other.Address.Equals(IPAddress.IPv6Any));
    }

    // A listener of this node uses the same routes, so the mail would loop until it has too many Received fields.
    private static IEnumerable<string> CheckOwnTargets(PostfleetOptions options)
    {
        foreach (var (index, route) in options.Routes.Index())
        {
            if (!IPAddress.TryParse(route.To.Host == LocalName ? "127.0.0.1" : route.To.Host, out var address)) continue;
            var endpoint = new IPEndPoint(address, route.To.Port);
            var own = options.Listeners.Index().FirstOrDefault(listener => IsAt(listener.Item.Endpoint, endpoint));
            if (own.Item is null) continue;
            yield return $"Routes:{index}:To is '{route.To}', as is Listeners:{own.Index}:Endpoint, so that mail would loop; " +
                "allowed: another server";
        }
    }

    // A wildcard listener always has the loopback addresses. The other addresses of the machine are not read.
    private static bool IsAt(IPEndPoint listener, IPEndPoint target) =>
        listener.Port == target.Port && target.Port != 0
            && (listener.Address.Equals(target.Address)
                || (ListenerAddresses.IsWildcard(listener.Address) && IPAddress.IsLoopback(target.Address)));

    // Without the section, any stream has the weight 1 and the times of all mail.
    private static IEnumerable<string> WarnOfStreams(PostfleetOptions options)
    {
        // Mail that is signed just before its key is retired may be delivered as late as this.
        var lifetime = options.Queues.Domains.Select(domain => domain.Lifetime).Concat(options.Streams.Select(stream => stream.Lifetime))
            .OfType<TimeSpan>().Append(options.Queues.Lifetime).Max();
        if (options.Signing.RetiredFor < lifetime)
        {
            yield return $"Signing:RetiredFor is '{Durations.Format(options.Signing.RetiredFor)}' and mail may wait for "
                + $"{Durations.Format(lifetime)} by Queues and Streams: the record of a retired key may be gone when its last mail "
                + "is delivered";
        }

        if (options.Streams.Count == 0) yield break;
        var streams = StreamOptions.SetOf(options.Streams);
        foreach (var (index, listener) in options.Listeners.Index())
        {
            if (listener.Stream.Length > 0 && !streams.Has(listener.Stream))
            {
                yield return $"Listeners:{index}:Stream is '{listener.Stream}', which is not in Streams: " +
                    $"its mail has the weight {StreamSet.DefaultWeight} and the times of all mail";
            }
        }
    }

    private static IEnumerable<string> WarnOfSignatures(PostfleetOptions options)
    {
        if (options.Dkim.Count > 0 && options.Submission.CheckSender != SenderCheckKind.All
            && options.Listeners.Any(listener => listener.Service == ListenerOptions.Submission))
        {
            yield return $"Submission:CheckSender is '{TextForms.Write(options.Submission.CheckSender)}' and Dkim is not empty: "
                + "every user can have mail of every domain of Dkim signed";
        }

        if (options.Streams.Count == 0) yield break;
        var streams = StreamOptions.SetOf(options.Streams);
        foreach (var (index, key) in options.Dkim.Index())
        {
            if (key.Stream.Length > 0 && !streams.Has(key.Stream))
                yield return $"Dkim:{index}:Stream is '{key.Stream}', which is not in Streams";
        }

        foreach (var (index, rule) in options.Signing.Required.Index())
        {
            if (rule.Stream.Length > 0 && !streams.Has(rule.Stream))
                yield return $"Signing:Required:{index}:Stream is '{rule.Stream}', which is not in Streams";
        }
    }

    private static IEnumerable<string> WarnOfDane(PostfleetOptions options)
    {
        if (options.Delivery.Tls.Dane && !DnsTrust.HasTrusted(options.Dns))
        {
            yield return "Delivery:Tls:Dane is true, and no DNS server is on loopback or in Dns:TrustedServers: DANE has no effect; "
                + "use a validating resolver on loopback, or name one that is reached over a safe network";
        }
    }

    private static IEnumerable<string> WarnOfRoles(PostfleetOptions options)
    {
        var (roles, provider) = (options.Node.Roles, options.Storage.Provider);
        if (roles.Contains(NodeRoles.Frontend) && options.Listeners.Count == 0)
            yield return "Listeners is empty and Node:Roles has 'frontend': this node accepts no mail";
        if (provider == SpoolProvider.Sqlite && !roles.Contains(NodeRoles.Frontend))
        {
            yield return "Node:Roles lacks 'frontend' and Storage:Provider is 'sqlite': this node accepts no mail, " +
                "and only delivers mail that its storage holds";
        }

        var missing = RolesBehindFrontend.Except(roles).ToList();
        if (provider == SpoolProvider.Postgres && options.Cluster.Seeds.Count == 0 && missing.Count > 0)
        {
            yield return $"Node:Roles lacks '{string.Join("', '", missing)}' and Cluster:Seeds is empty: " +
                "mail waits until nodes with these roles join this one";
        }
    }
}
