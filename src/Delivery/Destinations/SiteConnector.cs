using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Routing;
using Postfleet.Delivery.Smtp;
using Postfleet.Spool;

namespace Postfleet.Delivery.Destinations;

/// <summary>
/// Opens connections to a site: its hosts by preference, equal ones in a random order, each host's addresses in turns of the families (RFC 5321 section 5.1).
/// Addresses that have just failed are tried last, so that not every connection begins with the dead one.
/// </summary>
internal sealed class SiteConnector(
    IMailDns dns, IHostConnector connector, ICaptureStore captured, TimeProvider time, Func<int, int> random)
{
    /// <summary>Most addresses that are tried for one connection. As Postfix's smtp_mx_address_limit.</summary>
    public const int MaxAddresses = 5;

    private const int MaxDead = 1000;

    private static readonly TimeSpan DeadFor = TimeSpan.FromSeconds(60);

    private static readonly SmtpReply NoAddress = new(451, new EnhancedStatus(4, 4, 4), "no mail host of the site has an address");

    private readonly ConcurrentDictionary<IPEndPoint, DateTimeOffset> _dead = new();

    public async ValueTask<ConnectResult> ConnectAsync(DeliveryTarget target, CancellationToken cancellationToken)
    {
        if (target.Kind is TargetKind.Capture or TargetKind.Discard or TargetKind.Reject)
            return new ConnectResult.Connected(new LocalConnection(target.Kind, captured, time));
        var refused = new ConnectResult.Refused(NoAddress);
        var candidates = await FindCandidatesAsync(target, cancellationToken);
        var now = time.GetUtcNow();
        foreach (var (host, endpoint) in candidates.OrderBy(candidate => IsDead(candidate.Endpoint, now)).Take(MaxAddresses))
        {
            switch (await connector.ConnectAsync(host, endpoint, cancellationToken))
            {
                case ConnectResult.Connected connected:
                    _dead.TryRemove(endpoint, out _);
                    return connected;
                case ConnectResult.Refused failure:
                    Bury(endpoint);
                    refused = failure;
                    break;
            }
        }

        return refused;
    }

    private async ValueTask<List<(string Host, IPEndPoint Endpoint)>> FindCandidatesAsync(DeliveryTarget target, CancellationToken cancellationToken)
    {
        var candidates = new List<(string, IPEndPoint)>();
        foreach (var group in target.Hosts.GroupBy(host => host.Preference).OrderBy(group => group.Key))
        {
            foreach (var host in Shuffle(group.Select(host => host.Name)))
            {
                foreach (var address in await ResolveAsync(host, cancellationToken)) candidates.Add((host, new IPEndPoint(address, target.Port)));
            }

            // Hosts of less preference are asked for only when those before are too few to be worth trying.
            if (candidates.Count >= MaxAddresses) break;
        }

        return candidates;
    }

    private async ValueTask<IEnumerable<IPAddress>> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        if (IPAddress.TryParse(host, out var literal)) return [literal];
        // A resolver is not asked for what RFC 6761 section 6.3 has decided.
        if (host == "localhost") return [IPAddress.Loopback, IPAddress.IPv6Loopback];
        var answer = await dns.FindAddressesAsync(host, cancellationToken);
        var v6 = Shuffle(answer.Addresses.Where(address => address.AddressFamily == AddressFamily.InterNetworkV6));
        var v4 = Shuffle(answer.Addresses.Where(address => address.AddressFamily == AddressFamily.InterNetwork));
        return v6.Select((address, i) => (address, Rank: 2 * i)).Concat(v4.Select((address, i) => (address, Rank: 2 * i + 1)))
            .OrderBy(ranked => ranked.Rank).Select(ranked => ranked.address);
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

    private bool IsDead(IPEndPoint endpoint, DateTimeOffset now) => _dead.TryGetValue(endpoint, out var until) && until > now;

    private void Bury(IPEndPoint endpoint)
    {
        if (_dead.Count >= MaxDead) _dead.Clear();
        _dead[endpoint] = time.GetUtcNow() + DeadFor;
    }
}
