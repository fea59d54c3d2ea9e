using System.Diagnostics;
using DnsClient;
using DnsClient.Protocol;
using Microsoft.Extensions.Logging;
using Postfleet.Dns.Options;

namespace Postfleet.Dns;

/// <summary>
/// Sends queries through DnsClient, with a limit on concurrent queries, and repeats them at the other servers. Thread-safe.
/// </summary>
internal sealed class DnsTransport : IDisposable
{
    /// <summary>The maximum length of a CNAME chain; a longer chain is a fault or an attack.</summary>
    private const int MaxAliases = 8;

    /// <summary>
    /// The maximum number of concurrent queries; others wait. Each uses one or two sockets, and a node that starts with 100,000 queues
    /// queries for all of them.
    /// </summary>
    private const int MaxConcurrent = 100;

    /// <summary>How often a query is repeated at all servers while none of them answers.</summary>
    private const int Repeats = 2;

    private readonly LookupClient _client;
    private readonly int _maxPending;
    private readonly DnsServers _servers;
    private readonly SemaphoreSlim _gate = new(MaxConcurrent);
    private readonly ILogger _logger;
    private readonly IReadOnlyCollection<NameServer> _asked;
    private int _pending;

    /// <param name="options">The servers and the time-out of a query.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log of failed queries.</param>
    /// <param name="maxPending">The maximum number of queries in progress or waiting; further ones fail at once.</param>
    /// <param name="isValidated">Whether answers are to be validated: only servers that are trusted to do so are asked.</param>
    public DnsTransport(DnsOptions options, TimeProvider time, ILogger logger, int maxPending, bool isValidated = false)
    {
        (_logger, _maxPending) = (logger, maxPending);
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
        settings.RequestDnsSecRecords = isValidated;
        _client = new LookupClient(settings);
        _asked = [.. _client.NameServers.Where(server => !isValidated || DnsTrust.IsTrusted(options, server.Address, server.Port))];
        _servers = new DnsServers(time);
    }

    public void Dispose() => _gate.Dispose();

    /// <summary>Whether there is a server that may be asked.</summary>
    public bool HasServers => _asked.Count > 0;

    /// <summary>Queries a name in the form of <see cref="DnsName.Normalize"/>; the answer may have records of other types, too.</summary>
    public async Task<DnsResponse> AskAsync(string name, QueryType type)
    {
        // Callers that gave up leave their queries behind, so the number of callers bounds nothing.
        if (Interlocked.Increment(ref _pending) > _maxPending)
        {
            Interlocked.Decrement(ref _pending);
            return new DnsResponse(DnsStatus.Failed, [], false, $"{_maxPending} other DNS queries are waiting") { WasAsked = false };
        }

        await _gate.WaitAsync();
        var started = Stopwatch.GetTimestamp();
        var status = DnsStatus.Failed;
        try
        {
            var (answer, problem) = await AskServersAsync(name, type);
            if (answer is null) return new DnsResponse(status, [], false, problem);
            status = answer.Header.ResponseCode == DnsHeaderResponseCode.NoError ? DnsStatus.Found : DnsStatus.NameNotFound;
            var (records, owner) = status == DnsStatus.Found ? OwnedBy(name, answer.Answers) : ([], name);
            return new DnsResponse(status, records, answer.Header.IsAuthenticData, null) { CanonicalName = owner == name ? null : owner };
        }
        finally
        {
            DnsMetrics.Asked(type, status, Stopwatch.GetElapsedTime(started));
            _gate.Release();
            Interlocked.Decrement(ref _pending);
        }
    }

    // Returns the first usable answer. A refusing or failing server is skipped like a silent server. All servers are asked again
    // only if none of them responded.
    private async Task<(IDnsQueryResponse? Answer, string Problem)> AskServersAsync(string name, QueryType type)
    {
        // DnsClient decodes A-labels in lower case in the names of answers, and throws for invalid ones. Servers repeat the case of a
        // query.
        var sent = name.Replace("xn--", "XN--", StringComparison.Ordinal);
        var problem = "no DNS server is configured that may be asked";
        for (var pass = 0; pass <= Repeats; pass++)
        {
            var hasAnswered = false;
            foreach (var server in _servers.Order(_asked))
            {
                try
                {
                    var answer = await _client.QueryServerAsync([server], sent, type);
                    hasAnswered = true;
                    _servers.Answered(server);
                    if (!IsAnswerTo(name, type, answer)) problem = $"{server} answers another query";
                    else if (answer.Header.ResponseCode is DnsHeaderResponseCode.NoError or DnsHeaderResponseCode.NotExistentDomain)
                        return (answer, "");
                    else problem = $"{server} says {Code(answer.Header.ResponseCode)}";
                }
                catch (Exception e)
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

    // DnsClient compares the id alone.
    private static bool IsAnswerTo(string name, QueryType type, IDnsQueryResponse answer) => answer.Questions.All(question =>
        question.QuestionType == type
        && question.QueryName.Original.TrimEnd('.').Equals(name.TrimEnd('.'), StringComparison.OrdinalIgnoreCase));

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
    private static (List<DnsResourceRecord> Records, string Owner) OwnedBy(string name, IReadOnlyList<DnsResourceRecord> answers)
    {
        var owners = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { name };
        var aliases = answers.OfType<CNameRecord>().ToLookup(
            alias => DnsRecordText.Name(alias.DomainName), alias => DnsRecordText.Name(alias.CanonicalName),
            StringComparer.OrdinalIgnoreCase);
        var owner = name;
        for (var i = 0; i < MaxAliases && aliases[owner].FirstOrDefault() is { } next && owners.Add(next); i++) owner = next;
        return ([.. answers.Where(record => owners.Contains(DnsRecordText.Name(record.DomainName)))], owner);
    }
}

/// <summary>The answer of a server.</summary>
/// <param name="Status">
/// <see cref="DnsStatus.Found"/> for an answer without error, with or without records; it is never <see cref="DnsStatus.NoData"/>.
/// </param>
/// <param name="Records">The records of the queried name and of its aliases.</param>
/// <param name="IsAuthentic">The bit AD.</param>
/// <param name="Problem">For a failed query, the server and its error.</param>
internal sealed record DnsResponse(DnsStatus Status, IReadOnlyList<DnsResourceRecord> Records, bool IsAuthentic, string? Problem)
{
    /// <summary>The name at the end of the aliases; null if there are none.</summary>
    public string? CanonicalName { get; init; }

    /// <summary>Whether a server was asked. If not, this node has too many queries.</summary>
    public bool WasAsked { get; init; } = true;
}
