using System.Net;
using System.Net.Sockets;
using Postfleet.Dns;

namespace Postfleet.Delivery.Tests.Security;

/// <summary>A validating resolver in memory. What a test does not set is denied by signed records.</summary>
internal sealed class FakeDnssec : IDnssecLookup
{
    private static readonly TimeSpan Ttl = TimeSpan.FromMinutes(7);

    public Dictionary<string, DnsAnswer<MailExchanger>> Exchangers { get; } = [];

    public Dictionary<string, DnsAnswer<IPAddress>> Addresses { get; } = [];

    public Dictionary<string, DnsAnswer<string>> Aliases { get; } = [];

    public Dictionary<string, DnsAnswer<TlsaAssociation>> Associations { get; } = [];

    public List<string> Asked { get; } = [];

    public string? Problem { get; set; }

    public bool HasServers { get; set; } = true;

    public static DnsAnswer<T> Answer<T>(bool isAuthentic, params T[] records) =>
        new(DnsStatus.Found, [.. records], isAuthentic) { Ttl = Ttl };

    public static DnsAnswer<T> Failed<T>() => new(DnsStatus.Failed, [], false) { Ttl = Ttl, Problem = "192.0.2.53:53 says SERVFAIL" };

    public static DnsAnswer<T> Denied<T>(bool isAuthentic) => new(DnsStatus.NoData, [], isAuthentic) { Ttl = Ttl };

    public ValueTask<DnsAnswer<MailExchanger>> PreferencesAsync(string name, CancellationToken cancellation) =>
        Find(Exchangers, "MX", name);

    public ValueTask<DnsAnswer<IPAddress>> AddressesAsync(string name, AddressFamily family, CancellationToken cancellation) =>
        family == AddressFamily.InterNetwork ? Find(Addresses, "A", name) : new(Denied<IPAddress>(isAuthentic: true));

    public ValueTask<DnsAnswer<string>> AliasAsync(string name, CancellationToken cancellation) => Find(Aliases, "CNAME", name);

    public ValueTask<DnsAnswer<TlsaAssociation>> TlsaAsync(string name, CancellationToken cancellation) => Find(Associations, "TLSA", name);

    public Task<string?> FindProblemAsync() => Task.FromResult(Problem);

    private ValueTask<DnsAnswer<T>> Find<T>(Dictionary<string, DnsAnswer<T>> answers, string type, string name)
    {
        Asked.Add($"{type} {name}");
        return new(answers.TryGetValue(name, out var answer) ? answer : Denied<T>(isAuthentic: true));
    }
}
