using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Postfleet.Core.Collections;
using Postfleet.Core.Concurrency;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Common;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Routing;
using Postfleet.Delivery.Security;
using Postfleet.Delivery.Shaping;
using Postfleet.Delivery.Smtp;
using Postfleet.Dns;
using Postfleet.Spool.Common;

namespace Postfleet.Delivery.Destinations;

/// <summary>
/// Opens connections to a site: hosts by preference, hosts of equal preference in a random order, the addresses of each host in turns of
/// the families (RFC 5321 section 5.1). Recently failed addresses are tried last. Called by connection loops on any thread.
/// </summary>
internal sealed class SiteConnector(
    IMailDns dns, IHostConnector connector, Current<EgressTable> routes, MailLoopDetector own, ICaptureStore captured, TimeProvider time,
    Func<int, int> random, ILogger logger)
{
    /// <summary>Most addresses tried per connection. Postfix's smtp_mx_address_limit is 5; this bound allows for a second MX
    /// behind a dead MX with many addresses.</summary>
    public const int MaxAddresses = 10;

    /// <summary>Most addresses tried per host. RFC 5321 section 5.1: at least two.</summary>
    public const int MaxAddressesPerHost = 5;

    private const int MaxDead = 1000;

    /// <summary>Most reasons in the reply where several addresses failed.</summary>
    private const int MaxReasons = 3;

    private static readonly TimeSpan DeadFor = TimeSpan.FromSeconds(60);

    // An attempt that was given up later than this counts as failed.
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(5);

    private static readonly SmtpReply RouteUnknown =
        new(451, new EnhancedStatus(4, 3, 5), "this node's configuration has no route of this name");

    private readonly ExpiringSet<EndPoint> _dead = new(DeadFor, MaxDead, time);

    /// <summary>Whether a policy of a domain can apply to the connections: the target is MX hosts, and the route allows TLS.</summary>
    public bool IsSecurable(DeliveryTarget target) => target.Kind == TargetKind.Mx
        && routes.Value.Find(target.Destination) is { Protocol: MailProtocol.Smtp, Tls: not TlsMode.None };

    /// <summary>The limits of single destinations; a reload replaces them.</summary>
    public Current<ShapingTable> Shaping { get; init; } = new(ShapingTable.Empty);

    /// <summary>Connects to the best reachable host of a site.</summary>
    public ValueTask<ConnectResult> ConnectAsync(DeliveryTarget target, CancellationToken cancellationToken) =>
        ConnectAsync(target, demand: null, cancellationToken);

    /// <summary>Connects to the best reachable host of a site that meets a policy; null for no policy.</summary>
    public async ValueTask<ConnectResult> ConnectAsync(
        DeliveryTarget target, PolicyDemand? demand, CancellationToken cancellationToken)
    {
        if (TargetWords.Local.Contains(target.Kind))
            return new ConnectResult.Connected(new LocalConnection(target.Kind, captured, time));
        if (routes.Value.Find(target.Destination) is not { } egress)
        {
            // During a rolling change of the nodes' configuration, a queue may name a route that this node does not have yet.
            logger.RouteUnknown(target.Destination.Value);
            return new ConnectResult.Refused(RouteUnknown);
        }

        var (candidates, problem) = await FindCandidatesAsync(target, egress, cancellationToken);
        // Without an answer of the DNS, a reply about hosts without addresses would mislead the operator.
        if (candidates.Count == 0 && problem is not null)
            return new ConnectResult.Refused(new SmtpReply(451, new EnhancedStatus(4, 4, 3), problem));
        var (allowed, reason) = demand is null ? (candidates, null) : await demand.FilterAsync(candidates, cancellationToken);
        if (allowed.Count == 0 && reason is not null) return new ConnectResult.Refused(reason);
        return await ConnectAsync(
            target, egress, demand, allowed.OrderBy(candidate => _dead.Contains(candidate.Endpoint)).Take(MaxAddresses), cancellationToken);
    }

    /// <summary>
    /// The addresses of the site's other hosts, in the order of the attempts. All addresses of the hosts already asked are omitted: they
    /// lead to the same machine or to a machine with the same rules. So are recently failed addresses, each of which could take the whole
    /// connect time-out.
    /// </summary>
    /// <param name="target">The site.</param>
    /// <param name="asked">The hosts already asked, each with the address it was reached at.</param>
    /// <param name="demand">The policy that the hosts must meet; null for none.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask<IReadOnlyList<SiteAddress>> FindOthersAsync(
        DeliveryTarget target, IReadOnlyList<SiteAddress> asked, PolicyDemand? demand, CancellationToken cancellationToken)
    {
        if (routes.Value.Find(target.Destination) is not { } egress) return [];
        var (candidates, _) = await FindCandidatesAsync(target, egress, cancellationToken);
        var others = candidates.FindAll(candidate => !_dead.Contains(candidate.Endpoint) && !asked.Any(candidate.IsOfHost));
        if (demand is not null) (others, _) = await demand.FilterAsync(others, cancellationToken);
        return [.. others.Take(MaxAddresses)];
    }

    /// <summary>Connects to the first reachable address among some addresses of a site.</summary>
    public async ValueTask<ConnectResult> ConnectAsync(
        DeliveryTarget target, IReadOnlyList<SiteAddress> addresses, PolicyDemand? demand, CancellationToken cancellationToken) =>
        routes.Value.Find(target.Destination) is { } egress ? await ConnectAsync(target, egress, demand, addresses, cancellationToken)
            : new ConnectResult.Refused(RouteUnknown);

    private async ValueTask<ConnectResult> ConnectAsync(
        DeliveryTarget target, Egress egress, PolicyDemand? demand, IEnumerable<SiteAddress> addresses, CancellationToken cancellationToken)
    {
        egress = Shaping.Value.Of(target.Destination, target.Hosts).Apply(egress);
        egress = egress with { IsNameTrusted = target.Kind == TargetKind.Smarthost };
        var failures = new List<ConnectResult.Refused>();
        foreach (var address in addresses)
        {
            switch (await TryAsync(address, egress, demand, cancellationToken))
            {
                case ConnectResult.Connected connected:
                    _dead.Remove(address.Endpoint);
                    DeliveryMetrics.Connected(connected.Connection.Tls);
                    return connected with { Address = address };
                case ConnectResult.Refused failure:
                    // A host that does not meet the policy of one domain is alive for the other domains.
                    if (!failure.IsLocal && demand is null) _dead.Add(address.Endpoint);
                    failures.Add(failure);
                    break;
            }
        }

        if (failures.Count > 0) return Together(failures);
        var text = $"no mail host has an address that can be used: {string.Join(", ", target.Hosts.Select(host => host.Name))}";
        return new ConnectResult.Refused(new SmtpReply(451, new EnhancedStatus(4, 4, 4), text));
    }

    private async ValueTask<ConnectResult> TryAsync(
        SiteAddress address, Egress egress, PolicyDemand? demand, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        try
        {
            return demand is not null ? await demand.ConnectAsync(connector, address, egress, time, cancellationToken)
                : await connector.ConnectAsync(address.Host, address.Endpoint, egress, cancellationToken);
        }
        catch (OperationCanceledException e) when (e is not NoSocketException && time.GetElapsedTime(began) >= Slow)
        {
            // A caller with less patience than the connect time-out would come to no other address.
            _dead.Add(address.Endpoint);
            throw;
        }
    }

    // The reply of a host counts more than a failed connection, in any order. The text has all reasons.
    private static ConnectResult.Refused Together(List<ConnectResult.Refused> failures)
    {
        var worst = failures.MaxBy(failure => failure.Reply.Status is { Subject: 4, Detail: 1 or 2 } ? 0 : 1)!;
        var texts = failures.OrderByDescending(failure => ReferenceEquals(failure, worst)).Select(failure => failure.Reply.Text).Distinct()
            .Take(MaxReasons);
        return worst with
        {
            Reply = new SmtpReply(worst.Reply.Code, worst.Reply.Status, string.Join("; ", texts)) { Stage = worst.Reply.Stage },
            IsLocal = failures.TrueForAll(failure => failure.IsLocal),
        };
    }

    // The problem names the first lookup unanswered by the DNS.
    private async ValueTask<(List<SiteAddress> Candidates, string? Problem)> FindCandidatesAsync(
        DeliveryTarget target, Egress egress, CancellationToken cancellationToken)
    {
        var candidates = new List<SiteAddress>();
        string? problem = null;
        foreach (var group in target.Hosts.GroupBy(host => host.Preference).OrderBy(group => group.Key))
        {
            var (better, isUs) = (candidates.Count, false);
            foreach (var host in Shuffle(group.Select(host => host.Name)))
            {
                if (host.StartsWith('/'))
                {
                    candidates.Add(new SiteAddress(host, new UnixDomainSocketEndPoint(host)));
                    continue;
                }

                var (found, failure) = await ResolveAsync(host, target.Kind, cancellationToken);
                problem ??= failure;
                isUs |= target.Kind == TargetKind.Mx && found.Any(address => own.IsClusterListener(address, target.Port));
                var addresses = found.Where(address => egress.Uses(address.AddressFamily)
                    // An operator names the hosts of other routes. The hosts of MX routes may be named by a stranger.
                    && (target.Kind != TargetKind.Mx || !own.IsOwnAddress(address, target.Port)));
                foreach (var address in addresses.Take(MaxAddressesPerHost))
                    candidates.Add(new SiteAddress(host, new IPEndPoint(address, target.Port)));
            }

            if (isUs)
            {
                // Only hosts of better preference than this node may be tried (RFC 5321 section 5.1). The others would send the mail back.
                candidates.RemoveRange(better, candidates.Count - better);
                break;
            }

            // Hosts of worse preference are looked up only when there are too few better addresses. Dead addresses do not count; otherwise
            // the last MX would never be tried.
            if (candidates.Count(candidate => !_dead.Contains(candidate.Endpoint)) >= MaxAddresses) break;
        }

        return (candidates, problem);
    }

    private async ValueTask<(IEnumerable<IPAddress> Addresses, string? Problem)> ResolveAsync(
        string host, TargetKind kind, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out var literal)) return ([literal], null);
        // RFC 6761 section 6.3 defines the addresses of localhost: no resolver is asked.
        if (host == "localhost") return ([IPAddress.Loopback, IPAddress.IPv6Loopback], null);
        var answer = await dns.FindAddressesAsync(host, cancellationToken);
        var problem = answer.Status == DnsStatus.Failed ? $"the address of {host} cannot be looked up: {answer.Problem}" : null;
        // Only this machine may know the name of a smarthost, by its hosts file or by a search list, as for short names of services in
        // Kubernetes.
        if (answer.Addresses.Count == 0 && kind == TargetKind.Smarthost)
            return (await ResolveLocallyAsync(host, cancellationToken), problem);
        var v6 = Shuffle(answer.Addresses.Where(address => address.AddressFamily == AddressFamily.InterNetworkV6));
        var v4 = Shuffle(answer.Addresses.Where(address => address.AddressFamily == AddressFamily.InterNetwork));
        return (v6.Select((address, i) => (address, Rank: 2 * i)).Concat(v4.Select((address, i) => (address, Rank: 2 * i + 1)))
            .OrderBy(ranked => ranked.Rank).Select(ranked => ranked.address), problem);
    }

    private static async ValueTask<IEnumerable<IPAddress>> ResolveLocallyAsync(string host, CancellationToken cancellationToken)
    {
        try
        {
            return await System.Net.Dns.GetHostAddressesAsync(host, cancellationToken);
        }
        catch (SocketException)
        {
            return [];
        }
    }

    private List<T> Shuffle<T>(IEnumerable<T> items)
    {
        var list = items.ToList();
        for (var i = list.Count - 1; i > 0; i--)
        {
            var other = random(i + 1);
            (list[i], list[other]) = (list[other], list[i]);
        }

        return list;
    }
}
