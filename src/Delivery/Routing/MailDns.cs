using System.Net;
using System.Text;
using DnsClient;
using DnsClient.Protocol;
using Microsoft.Extensions.Logging;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Options;

namespace Postfleet.Delivery.Routing;

/// <summary>Asks the DNS through DnsClient, with a cache of its own before it, whose bounds are ours.</summary>
internal sealed class MailDns : IMailDns, IDisposable
{
    /// <summary>Most MX records that are read of one answer.</summary>
    public const int MaxHosts = 50;

    /// <summary>Most addresses that are read for one host.</summary>
    public const int MaxAddresses = 20;

    /// <summary>Most aliases that lead from a name to its records; more are a fault or a trap.</summary>
    private const int MaxAliases = 8;

    private const int CacheCapacity = 100_000;

    /// <summary>
    /// Most questions at a time; the others wait. Each takes one socket or two, and a node that starts with 100,000 queues asks for all of
    /// them.
    /// </summary>
    private const int MaxConcurrent = 100;

    private static readonly TimeSpan MinTtl = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MaxTtl = TimeSpan.FromHours(1);

    /// <summary>RFC 2308 section 5 lets negative answers live by the zone's SOA; a short life costs little and mends soon.</summary>
    private static readonly TimeSpan NegativeTtl = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan FailureTtl = TimeSpan.FromSeconds(5);

    /// <summary>Times that a question is put to the servers, beyond the first, while none of them answers.</summary>
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
            : new LookupClientOptions([.. options.Servers.Select(ParseServer)]);
        settings.UseCache = false;
        settings.Timeout = options.Timeout;
        // Asking again, and asking another server, is done here: see AskServersAsync.
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
        // Servers turn the order from answer to answer: what is cut must not depend on it, or the site would change its name.
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
        // One family that answers is enough; a name that does not exist has neither.
        var status = records.Count > 0 ? DnsStatus.Found
            : Array.Exists(both, answer => answer.Status == DnsStatus.Failed) ? DnsStatus.Failed : both[0].Status;
        var problem = Array.Find(both, answer => answer.Status == DnsStatus.Failed).Problem ?? "";
        return new AddressAnswer(status, [.. records.Select(record => record.Address)], Ttl(status, records)) { Problem = problem };
    }

    private async Task<(DnsStatus Status, IReadOnlyList<DnsResourceRecord> Records, string Problem)> AskAsync(
        string name, QueryType type, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var (answer, problem) = await AskServersAsync(name, type, cancellationToken);
            return answer?.Header.ResponseCode switch
            {
                DnsHeaderResponseCode.NoError => (DnsStatus.Found, OwnedBy(name, answer.Answers), ""),
                DnsHeaderResponseCode.NotExistentDomain => (DnsStatus.NoSuchName, [], ""),
                _ => (DnsStatus.Failed, [], problem),
            };
        }
        finally
        {
            _gate.Release();
        }
    }

    // The first server that knows; one that refuses or fails is asked no more than the others. Where none answers, all are asked again.
    private async Task<(IDnsQueryResponse? Answer, string Problem)> AskServersAsync(
        string name, QueryType type, CancellationToken cancellationToken)
    {
        var problem = "there is no DNS server";
        for (var round = 0; round <= Repeats; round++)
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
                    // DnsClient throws for time-outs, and for whatever it cannot read; both say the same to mail: not now.
                    _servers.Failed(server);
                    problem = $"{server} does not answer: {e.Message}";
                    _logger.DnsFailed(name, type.ToString(), problem);
                }
            }

            if (hasAnswered) break;
        }

        return (null, problem);
    }

    // The names of the protocol (RFC 1035 section 4.1.1).
    private static string Code(DnsHeaderResponseCode code) => code switch
    {
        DnsHeaderResponseCode.FormatError => "FORMERR",
        DnsHeaderResponseCode.ServerFailure => "SERVFAIL",
        DnsHeaderResponseCode.NotImplemented => "NOTIMP",
        DnsHeaderResponseCode.Refused => "REFUSED",
        _ => code.ToString(),
    };

    // Records of names that nobody asked for are a mistake or a forgery.
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

    // What was asked for are A-labels. DnsClient turns those of an answer into Unicode, and keeps the octets that came in Value of some
    // names and in Original of others.
    private static string Name(DnsString name)
    {
        var text = (Ascii.IsValid(name.Value) ? name.Value : name.Original).ToLowerInvariant();
        return text == "." ? "" : text.TrimEnd('.');
    }

    private static NameServer ParseServer(string text) =>
        IPAddress.TryParse(text, out var address) ? new NameServer(address) : new NameServer(IPEndPoint.Parse(text));
}
