using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Postfleet.Contracts.Queueing;
using Postfleet.Core.Mail;
using Postfleet.Delivery.Common;
using Postfleet.Delivery.Options;
using Postfleet.Dns;

namespace Postfleet.Delivery.Security;

/// <summary>
/// Finds the TLSA records of mail hosts (RFC 7672 section 2.2). The MX records of the domain, the addresses of the host with their aliases,
/// and the TLSA records must each be validated. A lookup that fails behind validated answers is no reason to send in the clear.
/// Thread-safe; one instance serves the node.
/// </summary>
/// <param name="options">The options in force.</param>
/// <param name="dns">The validating resolver.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed class DaneLookup(Func<DeliveryOptions> options, IDnssecLookup dns, TimeProvider time, ILogger logger)
{
    /// <summary>How long an answer is used without another look into the cache of the resolver.</summary>
    public static readonly TimeSpan MemoryLife = TimeSpan.FromSeconds(10);

    private const int MaxRemembered = 20_000;

    private readonly ConcurrentDictionary<(string Domain, string Host), (DaneHost Found, long Since)> _hosts = new();
    private readonly ConcurrentDictionary<string, (DaneDomain? Found, long Since)> _domains = new(StringComparer.Ordinal);
    private int _hasBegun;

    /// <summary>
    /// Whether TLSA records are looked for; false costs nothing. Without a trusted server all lookups would fail, and all mail would wait.
    /// </summary>
    public bool IsOn => options().Tls.Dane && dns.HasServers;

    /// <summary>Tells the log once if the resolver validates no answers. Returns at once.</summary>
    public void Begin()
    {
        if (!options().Tls.Dane || Volatile.Read(ref _hasBegun) != 0) return;
        if (Interlocked.Exchange(ref _hasBegun, 1) == 0) _ = Task.Run(CheckAsync);
    }

    /// <summary>The mail hosts of a domain with signed MX records; null for a domain without.</summary>
    public ValueTask<DaneDomain?> FindAsync(string domain, CancellationToken cancellationToken)
    {
        // A reload may have turned it on, with or without a server that can be asked.
        Begin();
        if (!IsOn || domain.StartsWith('[')) return default;
        return _domains.TryGetValue(domain, out var known) && IsYoung(known.Since) ? new(known.Found) : AskAsync(domain, cancellationToken);
    }

    /// <summary>The TLSA records of a mail host of a domain.</summary>
    public ValueTask<DaneHost> FindAsync(DaneDomain domain, string host, CancellationToken cancellationToken)
    {
        if (domain.Problem is { } problem) return new(DaneHost.Unknown(problem));
        // The route of the queue may be older than the records, or from an answer that nobody has validated.
        if (!domain.Hosts.Contains(host)) return new(DaneHost.Unknown($"{host} is not in the signed MX records of {domain.Domain}"));
        return _hosts.TryGetValue((domain.Domain, host), out var known) && IsYoung(known.Since) ? new(known.Found)
            : AskAsync(domain, host, cancellationToken);
    }

    /// <summary>What the records of all mail hosts of a domain demand, for other rooms; null for nothing.</summary>
    public async ValueTask<PublishedPolicy?> DescribeAsync(string domain, CancellationToken cancellationToken)
    {
        if (await FindAsync(domain, cancellationToken) is not { } found) return null;
        var until = time.GetUtcNow() + found.Ttl;
        if (found.Problem is not null) return new PublishedPolicy("dane", "unknown", [], until);
        var states = new List<(string Host, DaneState State)>();
        foreach (var host in found.Hosts.Take(Routing.RouteResolver.MaxHosts))
            states.Add((host, (await FindAsync(found, host, cancellationToken)).State));
        var most = states.Max(each => each.State);
        if (most == DaneState.None) return null;
        var mode = states.Exists(each => each.State == DaneState.Authenticate) ? "enforce"
            : most == DaneState.Unknown ? "unknown" : "encrypt";
        return new PublishedPolicy("dane", mode, [.. states.Where(each => each.State != DaneState.None).Select(each => each.Host)], until);
    }

    private bool IsYoung(long since) => time.GetElapsedTime(since) < MemoryLife;

    private async Task CheckAsync()
    {
        if (await dns.FindProblemAsync() is { } problem) logger.DaneWithoutValidation(problem);
    }

    private async ValueTask<DaneDomain?> AskAsync(string domain, CancellationToken cancellationToken)
    {
        var answer = await dns.PreferencesAsync(domain, cancellationToken);
        var found = answer.Status switch
        {
            DnsStatus.Failed => new DaneDomain(domain, [], $"the MX records of {domain} cannot be looked up: {answer.Problem}", answer.Ttl),
            _ when !answer.IsAuthentic => null,
            DnsStatus.Found => new DaneDomain(domain, [.. answer.Records.Select(record => record.Host)], null, answer.Ttl),
            // Without MX records, the domain is its own mail host (RFC 5321 section 5.1).
            _ => new DaneDomain(domain, [domain], null, answer.Ttl),
        };
        if (_domains.Count >= MaxRemembered) _domains.Clear();
        _domains[domain] = (found, time.GetTimestamp());
        return found;
    }

    private async ValueTask<DaneHost> AskAsync(DaneDomain domain, string host, CancellationToken cancellationToken)
    {
        var found = await AskHostAsync(domain, host, cancellationToken);
        if (_hosts.Count >= MaxRemembered) _hosts.Clear();
        _hosts[(domain.Domain, host)] = (found, time.GetTimestamp());
        return found;
    }

    private async ValueTask<DaneHost> AskHostAsync(DaneDomain domain, string host, CancellationToken cancellationToken)
    {
        var (bases, problem) = await FindBasesAsync(host, cancellationToken);
        if (problem is not null) return DaneHost.Unknown(problem);
        foreach (var name in bases)
        {
            var answer = await dns.TlsaAsync($"_{options().Port}._tcp.{name}", cancellationToken);
            if (answer.Status == DnsStatus.Failed)
                return DaneHost.Unknown($"the TLSA records of {name} cannot be looked up: {answer.Problem}");
            if (answer is { Status: DnsStatus.Found, IsAuthentic: true })
                return DaneHost.With(name, [.. new[] { name, host, domain.Domain }.Distinct()], answer.Records);
        }

        return DaneHost.None;
    }

    // RFC 7672 section 2.2.2: the name at the end of signed aliases comes first, then the name in the MX record. For a host in a zone
    // that is not signed no TLSA records are asked for: servers of such zones may fail to answer.
    private async ValueTask<(IReadOnlyList<string> Bases, string? Problem)> FindBasesAsync(string host, CancellationToken cancellationToken)
    {
        DnsAnswer<IPAddress>[] both = await Task.WhenAll(
            dns.AddressesAsync(host, AddressFamily.InterNetwork, cancellationToken).AsTask(),
            dns.AddressesAsync(host, AddressFamily.InterNetworkV6, cancellationToken).AsTask());
        var found = Array.FindAll(both, answer => answer.Status == DnsStatus.Found);
        if (found.Length == 0)
        {
            return Array.Find(both, answer => answer.Status == DnsStatus.Failed) is { Status: DnsStatus.Failed } failed
                ? ([], $"the address of {host} cannot be looked up: {failed.Problem}") : ([], null);
        }

        // Any text may stand at the end of an alias, and the name is used in the handshake.
        var end = found[0].CanonicalName is { } name && DomainName.TryParse(name, out var domain) && domain.Value == name
            && Uri.CheckHostName(name) == UriHostNameType.Dns ? name : null;
        if (Array.TrueForAll(found, answer => answer.IsAuthentic)) return (end is null ? [host] : [end, host], null);
        if (Array.TrueForAll(found, answer => answer.CanonicalName is null)) return ([], null);
        // The alias may be signed where its target is not.
        var alias = await dns.AliasAsync(host, cancellationToken);
        return alias.Status == DnsStatus.Failed ? ([], $"the alias of {host} cannot be looked up: {alias.Problem}")
            : alias is { Status: DnsStatus.Found, IsAuthentic: true } ? ([host], null) : ([], null);
    }
}
