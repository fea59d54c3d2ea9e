using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using DnsClient;
using DnsClient.Protocol;
using Microsoft.Extensions.Logging;
using Postfleet.Dns.Options;

namespace Postfleet.Dns;

/// <summary>
/// Looks up names with bounded caches, one for each type of record. Made by <see cref="DnsServiceCollectionExtensions.AddDns"/>, one for
/// delivery, one for the checks of inbound mail, and one for DNS lists. Thread-safe.
/// </summary>
internal sealed class DnsResolver : IDnsResolver, IDnsListLookup, IDnssecLookup, IDisposable
{
    /// <summary>The maximum number of MX records used from one answer.</summary>
    public const int MaxExchangers = 50;

    /// <summary>The maximum number of addresses used from one answer.</summary>
    public const int MaxAddresses = 100;

    /// <summary>The maximum number of TXT records used from one answer, which is at most 64 KiB long.</summary>
    public const int MaxTexts = 500;

    /// <summary>The maximum number of PTR records used from one answer.</summary>
    public const int MaxPointers = 50;

    /// <summary>
    /// The maximum number of queries in progress or waiting for the checks of inbound mail, whose names strangers choose; the same for DNS
    /// lists.
    /// </summary>
    public const int MaxPendingLookups = 2_000;

    /// <summary>The maximum number of TLSA records used from one answer.</summary>
    public const int MaxAssociations = 100;

    private const int CacheCapacity = 100_000;

    /// <summary>The memory of the caches for MX and addresses in delivery, each: more than 100,000 common answers.</summary>
    private const int DeliveryCache = 64 << 20;

    /// <summary>The memory of the other caches, each.</summary>
    private const int OtherCache = 16 << 20;

    private static readonly TimeSpan MinTtl = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan MaxTtl = TimeSpan.FromHours(1);

    /// <summary>
    /// RFC 2308 section 5 allows negative answers to be cached as long as the zone's SOA says; a short time costs little and corrects
    /// errors soon.
    /// </summary>
    private static readonly TimeSpan NegativeTtl = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan FailureTtl = TimeSpan.FromSeconds(5);

    private readonly DnsTransport _transport;
    private readonly DnsCache<DnsAnswer<MailExchanger>> _exchangers;
    private readonly DnsCache<DnsAnswer<IPAddress>> _v4;
    private readonly DnsCache<DnsAnswer<IPAddress>> _v6;
    private readonly DnsCache<DnsAnswer<string>> _texts;
    private readonly DnsCache<DnsAnswer<string>> _pointers;
    private readonly DnsCache<DnsAnswer<string>> _aliases;
    private readonly DnsCache<DnsAnswer<TlsaAssociation>> _associations;

    /// <param name="options">The servers and the time-out of a query.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log of failed queries.</param>
    /// <param name="isForDelivery">Whether the caches have room for the domains of large queues.</param>
    /// <param name="isValidated">Whether answers are to be validated, by servers that are trusted to do so.</param>
    public DnsResolver(DnsOptions options, TimeProvider time, ILogger logger, bool isForDelivery = true, bool isValidated = false)
    {
        var memory = isForDelivery ? DeliveryCache : OtherCache;
        _transport = new DnsTransport(options, time, logger, isForDelivery ? int.MaxValue : MaxPendingLookups, isValidated);
        _exchangers = NewCache(name => AskAsync(name, QueryType.MX, ExchangersOf), record => 2 * record.Host.Length + 40, memory, time);
        _v4 = NewCache(name => AskAsync(name, QueryType.A, AddressesOf), _ => 60, memory / 2, time);
        _v6 = NewCache(name => AskAsync(name, QueryType.AAAA, AddressesOf), _ => 80, memory / 2, time);
        _texts = NewCache(name => AskAsync(name, QueryType.TXT, TextsOf), record => 2 * record.Length + 40, OtherCache, time);
        _pointers = NewCache(name => AskAsync(name, QueryType.PTR, PointersOf), record => 2 * record.Length + 40, OtherCache, time);
        _aliases = NewCache(name => AskAsync(name, QueryType.CNAME, AliasesOf), record => 2 * record.Length + 40, OtherCache, time);
        _associations = NewCache(
            name => AskAsync(name, QueryType.TLSA, AssociationsOf), record => record.Data.Length + 60, OtherCache, time);
    }

    /// <inheritdoc/>
    public ValueTask<DnsAnswer<string>> TextAsync(string name, CancellationToken cancellation) => FindAsync(_texts, name, cancellation);

    /// <inheritdoc/>
    public ValueTask<DnsAnswer<IPAddress>> AddressesAsync(string name, AddressFamily family, CancellationToken cancellation) =>
        FindAsync(family == AddressFamily.InterNetworkV6 ? _v6 : _v4, name, cancellation);

    /// <inheritdoc/>
    public ValueTask<DnsAnswer<MailExchanger>> PreferencesAsync(string name, CancellationToken cancellation) =>
        FindAsync(_exchangers, name, cancellation);

    /// <inheritdoc/>
    public async ValueTask<DnsAnswer<string>> MailExchangersAsync(string name, CancellationToken cancellation)
    {
        var answer = await PreferencesAsync(name, cancellation);
        return new DnsAnswer<string>(answer.Status, [.. answer.Records.Select(record => record.Host)], answer.IsAuthentic)
        {
            Ttl = answer.Ttl,
            Problem = answer.Problem,
            IsLocalFailure = answer.IsLocalFailure,
        };
    }

    /// <inheritdoc/>
    public ValueTask<DnsAnswer<string>> PointersAsync(IPAddress address, CancellationToken cancellation) =>
        FindAsync(_pointers, DnsName.ReverseOf(address), cancellation);

    /// <inheritdoc/>
    public bool HasServers => _transport.HasServers;

    /// <inheritdoc/>
    public ValueTask<DnsAnswer<string>> AliasAsync(string name, CancellationToken cancellation) => FindAsync(_aliases, name, cancellation);

    /// <inheritdoc/>
    public ValueTask<DnsAnswer<TlsaAssociation>> TlsaAsync(string name, CancellationToken cancellation) =>
        FindAsync(_associations, name, cancellation);

    /// <inheritdoc/>
    public async Task<string?> FindProblemAsync()
    {
        var answer = await _transport.AskAsync(".", QueryType.SOA);
        return answer.Status == DnsStatus.Failed ? answer.Problem
            : answer.IsAuthentic ? null : "the DNS servers answer without the bit AD: they do not validate";
    }

    public void Dispose() => _transport.Dispose();

    private static ValueTask<DnsAnswer<T>> FindAsync<T>(DnsCache<DnsAnswer<T>> cache, string name, CancellationToken cancellation) =>
        DnsName.Normalize(name) is { } key ? cache.GetAsync(key, cancellation)
            : new(new DnsAnswer<T>(DnsStatus.NameNotFound, [], false) { Ttl = MaxTtl });

    private static DnsCache<DnsAnswer<T>> NewCache<T>(
        Func<string, Task<DnsAnswer<T>>> ask, Func<T, int> size, int memory, TimeProvider time) =>
        new(ask, answer => answer.Ttl, answer => answer.Records.Sum(size) + 2 * (answer.Problem?.Length ?? 0), CacheCapacity, memory, time);

    private async Task<DnsAnswer<T>> AskAsync<T>(
        string name, QueryType type, Func<IReadOnlyList<DnsResourceRecord>, (IReadOnlyList<DnsResourceRecord>, ImmutableArray<T>)> read)
    {
        var response = await _transport.AskAsync(name, type);
        var (used, records) = read(response.Records);
        var status = response.Status == DnsStatus.Found && records.IsEmpty ? DnsStatus.NoData : response.Status;
        return new DnsAnswer<T>(status, records, response.IsAuthentic)
        {
            // The next caller may find room.
            Ttl = response.WasAsked ? Ttl(status, used) : TimeSpan.Zero,
            Problem = response.Problem,
            CanonicalName = response.CanonicalName,
            IsLocalFailure = !response.WasAsked,
        };
    }

    // Servers rotate the order of records: the truncation must not depend on it, or the name of a site would change.
    private static (IReadOnlyList<DnsResourceRecord> Used, ImmutableArray<MailExchanger> Records) ExchangersOf(
        IReadOnlyList<DnsResourceRecord> records)
    {
        MxRecord[] used = [.. records.OfType<MxRecord>().OrderBy(record => record.Preference)
            .ThenBy(record => DnsRecordText.Name(record.Exchange), StringComparer.Ordinal).Take(MaxExchangers)];
        return (used, [.. used.Select(record => new MailExchanger(record.Preference, DnsRecordText.Name(record.Exchange)))]);
    }

    private static (IReadOnlyList<DnsResourceRecord> Used, ImmutableArray<IPAddress> Records) AddressesOf(
        IReadOnlyList<DnsResourceRecord> records)
    {
        AddressRecord[] used = [.. records.OfType<AddressRecord>().Take(MaxAddresses)];
        return (used, [.. used.Select(record => record.Address)]);
    }

    private static (IReadOnlyList<DnsResourceRecord> Used, ImmutableArray<string> Records) TextsOf(IReadOnlyList<DnsResourceRecord> records)
    {
        TxtRecord[] used = [.. records.OfType<TxtRecord>().Where(record => record.RecordType == ResourceRecordType.TXT).Take(MaxTexts)];
        return (used, [.. used.Select(DnsRecordText.Text)]);
    }

    private static (IReadOnlyList<DnsResourceRecord> Used, ImmutableArray<string> Records) PointersOf(
        IReadOnlyList<DnsResourceRecord> records)
    {
        PtrRecord[] used = [.. records.OfType<PtrRecord>().Take(MaxPointers)];
        return (used, [.. used.Select(record => DnsRecordText.Name(record.PtrDomainName))]);
    }

    // DnsClient follows no alias here: the answer is the record of the name itself.
    private static (IReadOnlyList<DnsResourceRecord> Used, ImmutableArray<string> Records) AliasesOf(
        IReadOnlyList<DnsResourceRecord> records)
    {
        CNameRecord[] used = [.. records.OfType<CNameRecord>().Take(1)];
        return (used, [.. used.Select(record => DnsRecordText.Name(record.CanonicalName))]);
    }

    private static (IReadOnlyList<DnsResourceRecord> Used, ImmutableArray<TlsaAssociation> Records) AssociationsOf(
        IReadOnlyList<DnsResourceRecord> records)
    {
        TlsaRecord[] used = [.. records.OfType<TlsaRecord>().Take(MaxAssociations)];
        return (used, [.. used.Select(record => new TlsaAssociation(
            (byte)record.CertificateUsage, (byte)record.Selector, (byte)record.MatchingType, [.. record.CertificateAssociationData]))]);
    }

    private static TimeSpan Ttl(DnsStatus status, IReadOnlyList<DnsResourceRecord> used)
    {
        if (status == DnsStatus.Failed) return FailureTtl;
        if (used.Count == 0) return NegativeTtl;
        var ttl = TimeSpan.FromSeconds(Math.Max(0, used.Min(record => record.InitialTimeToLive)));
        return ttl < MinTtl ? MinTtl : ttl > MaxTtl ? MaxTtl : ttl;
    }
}
