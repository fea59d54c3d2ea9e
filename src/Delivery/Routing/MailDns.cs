using System.Diagnostics;
using System.Text;
using DnsClient;
using DnsClient.Protocol;
using Microsoft.Extensions.Logging;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Common;
using Postfleet.Delivery.Options;

namespace Postfleet.Delivery.Routing;

/// <summary>
/// Queries DNS through DnsClient, with bounded caches and a limit on concurrent queries. Thread-safe; one instance serves the node.
/// </summary>
internal sealed class MailDns : IMailDns, IDisposable
{
    /// <summary>The maximum number of MX records used from one answer.</summary>
    public const int MaxHosts = 50;

    /// <summary>The maximum number of addresses used for one host.</summary>
    public const int MaxAddresses = 20;

    /// <summary>The maximum length of a CNAME chain; a longer chain is a fault or an attack.</summary>
    private const int MaxAliases = 8;

    private const int CacheCapacity = 100_000;

    /// <summary>
    /// The maximum number of concurrent queries; others wait. Each uses one or two sockets, and a node that starts with 100,000 queues
    /// queries for all of them.
    /// </summary>
    private const int MaxConcurrent = 100;

    private static readonly TimeSpan MinTtl = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MaxTtl = TimeSpan.FromHours(1);

    /// <summary>
    /// RFC 2308 section 5 allows negative answers to be cached as long as the zone's SOA says; a short time costs little and corrects
    /// errors soon.
    /// </summary>
    private static readonly TimeSpan NegativeTtl = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan FailureTtl = TimeSpan.FromSeconds(5);

    /// <summary>How often a query is repeated at all servers while none of them answers.</summary>
    private const int Repeats = 2;

    private readonly LookupClient _client;
    private readonly DnsServers _servers;
    private readonly SemaphoreSlim _gate = new(MaxConcurrent);
    private readonly DnsCache<MxAnswer> _mx;
    private readonly DnsCache<AddressAnswer> _addresses;
    private readonly ILogger _logger;

    public MailDns(DnsOptions options, TimeProvider time, ILogger<MailDns> logger)
    {
        _logger = logger;
        var settings = options.Servers.Count == 0 ? new LookupClientOptions()
            : new LookupClientOptions([.. options.Servers.Select(server => new NameServer(server))]);
        settings.UseCache = false;
        settings.Timeout = options.Timeout;
        // Repetition and failover are implemented in AskServersAsync.
        settings.Retries = 0;
        settings.UseRandomNameServer = false;
        settings.UseTcpFallback = true;
        settings.ThrowDnsErrors = false;
        settings.ContinueOnDnsError = true;
        settings.ContinueOnEmptyResponse = false;
        _client = new LookupClient(settings);
        _servers = new DnsServers(time);
        _mx = new DnsCache<MxAnswer>(AskMxAsync, answer => answer.Ttl, CacheCapacity, time);
        _addresses = new DnsCache<AddressAnswer>(AskAddressesAsync, answer => answer.Ttl, CacheCapacity, time);
    }

    public ValueTask<MxAnswer> FindMxAsync(string domain, CancellationToken cancellationToken) => _mx.GetAsync(domain, cancellationToken);

    public ValueTask<AddressAnswer> FindAddressesAsync(string host, CancellationToken cancellationToken) =>
        _addresses.GetAsync(host, cancellationToken);

    public void Dispose() => _gate.Dispose();

    private async Task<MxAnswer> AskMxAsync(string domain, CancellationToken cancellationToken)
    {
        var (status, records, problem) = await AskAsync(domain, QueryType.MX, cancellationToken);
        // Servers rotate the order of records: the truncation must not depend on it, or the site's name would change.
        var mx = records.OfType<MxRecord>().OrderBy(record => record.Preference)
            .ThenBy(record => Name(record.Exchange), StringComparer.Ordinal)
            .Take(MaxHosts).ToList();
        var hosts = mx.Select(record => new TargetHost(record.Preference, Name(record.Exchange))).ToList();
        return new MxAnswer(status, hosts, Ttl(status, mx)) { Problem = problem };
    }

    private async Task<AddressAnswer> AskAddressesAsync(string host, CancellationToken cancellationToken)
    {
        var both = await Task.WhenAll(AskAsync(host, QueryType.A, cancellationToken), AskAsync(host, QueryType.AAAA, cancellationToken));
        var records = both.SelectMany(answer => answer.Records.OfType<AddressRecord>()).Take(MaxAddresses).ToList();
        // An answer for either family is enough; a nonexistent name has neither.
        var status = records.Count > 0 ? DnsStatus.Found
            : Array.Exists(both, answer => answer.Status == DnsStatus.Failed) ? DnsStatus.Failed : both[0].Status;
        var problem = Array.Find(both, answer => answer.Status == DnsStatus.Failed).Problem ?? "";
        return new AddressAnswer(status, [.. records.Select(record => record.Address)], Ttl(status, records)) { Problem = problem };
    }

    private async Task<(DnsStatus Status, IReadOnlyList<DnsResourceRecord> Records, string Problem)> AskAsync(
        string name, QueryType type, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        var started = Stopwatch.GetTimestamp();
        var status = DnsStatus.Failed;
        try
        {
            var (answer, problem) = await AskServersAsync(name, type, cancellationToken);
            status = answer?.Header.ResponseCode switch
            {
                DnsHeaderResponseCode.NoError => DnsStatus.Found,
                DnsHeaderResponseCode.NotExistentDomain => DnsStatus.NoSuchName,
                _ => DnsStatus.Failed,
            };
            return status switch
            {
                DnsStatus.Found => (status, OwnedBy(name, answer!.Answers), ""),
                DnsStatus.NoSuchName => (status, [], ""),
                _ => (status, [], problem),
            };
        }
        finally
        {
            DnsMetrics.Asked(type, status, Stopwatch.GetElapsedTime(started));
            _gate.Release();
        }
    }

    // Returns the first usable answer. A refusing or failing server is skipped like a silent server. All servers are asked again
    // only if none of them responded.
    private async Task<(IDnsQueryResponse? Answer, string Problem)> AskServersAsync(
        string name, QueryType type, CancellationToken cancellationToken)
    {
        var problem = "no DNS server is configured";
        for (var pass = 0; pass <= Repeats; pass++)
        {
            var hasAnswered = false;
            foreach (var server in _servers.Order(_client.NameServers))
            {
                try
                {
                    var answer = await _client.QueryServerAsync([server], name, type, cancellationToken: cancellationToken);
                    hasAnswered = true;
                    _servers.Answered(server);
                    if (answer.Header.ResponseCode is DnsHeaderResponseCode.NoError or DnsHeaderResponseCode.NotExistentDomain)
                        return (answer, "");
                    problem = $"{server} says {Code(answer.Header.ResponseCode)}";
                }
                catch (Exception e) when (!cancellationToken.IsCancellationRequested)
                {
                    // DnsClient throws for timeouts and malformed responses alike; both are temporary failures for mail.
                    _servers.Failed(server);
                    problem = $"{server} does not answer: {e.Message}";
                    _logger.DnsFailed(name, type.ToString(), problem);
                }
            }

            if (hasAnswered) break;
        }

        return (null, problem);
    }

    // The names of response codes in the protocol (RFC 1035 section 4.1.1).
    private static string Code(DnsHeaderResponseCode code) => code switch
    {
        DnsHeaderResponseCode.FormatError => "FORMERR",
        DnsHeaderResponseCode.ServerFailure => "SERVFAIL",
        DnsHeaderResponseCode.NotImplemented => "NOTIMP",
        DnsHeaderResponseCode.Refused => "REFUSED",
        _ => code.ToString(),
    };

    // Records of names not queried are a mistake or a forgery.
    private static List<DnsResourceRecord> OwnedBy(string name, IReadOnlyList<DnsResourceRecord> answers)
    {
        var owners = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { name.TrimEnd('.') };
        var aliases = answers.OfType<CNameRecord>()
            .ToLookup(alias => Name(alias.DomainName), alias => Name(alias.CanonicalName), StringComparer.OrdinalIgnoreCase);
        var owner = name.TrimEnd('.');
        for (var i = 0; i < MaxAliases && aliases[owner].FirstOrDefault() is { } next && owners.Add(next); i++) owner = next;
        return [.. answers.Where(record => owners.Contains(Name(record.DomainName)))];
    }

    private static TimeSpan Ttl(DnsStatus status, IReadOnlyCollection<DnsResourceRecord> records)
    {
        if (status == DnsStatus.Failed) return FailureTtl;
        if (records.Count == 0) return NegativeTtl;
        var ttl = TimeSpan.FromSeconds(Math.Max(0, records.Min(record => record.InitialTimeToLive)));
        return ttl < MinTtl ? MinTtl : ttl > MaxTtl ? MaxTtl : ttl;
    }

    // Queries use A-labels. DnsClient converts the names of an answer to Unicode, and keeps the original octets in Value for some names and
    // in Original for others.
    private static string Name(DnsString name)
    {
        var text = (Ascii.IsValid(name.Value) ? name.Value : name.Original).ToLowerInvariant();
        return text == "." ? "" : text.TrimEnd('.');
    }
}
