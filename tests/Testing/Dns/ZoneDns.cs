using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Postfleet.Dns;

namespace Postfleet.Testing;

/// <summary>
/// DNS in memory, for the evaluators of inbound mail. A name exists if it or a name below it has records. The methods that add records
/// return the same object for chained calls; all records are added before the first lookup. Lookups are thread-safe.
/// </summary>
public sealed class ZoneDns : IDnsLookup
{
    private const int MaxAliases = 8;

    private readonly Dictionary<(string Name, string Type), List<string>> _records = [];
    private readonly HashSet<string> _names = [];
    private readonly HashSet<(string Name, string Type)> _failing = [];
    private readonly HashSet<string> _crowded = [];
    private readonly Dictionary<string, Task> _silent = [];
    private readonly ConcurrentQueue<string> _queries = new();

    /// <summary>The lookups so far, such as <c>TXT example.org</c>, in their order.</summary>
    public IReadOnlyCollection<string> Queries => _queries;

    /// <summary>Adds TXT records, each octet as one UTF-16 code unit.</summary>
    public ZoneDns Text(string name, params string[] texts) => Add(name, "TXT", texts);

    /// <summary>Adds A and AAAA records.</summary>
    public ZoneDns Address(string name, params string[] addresses)
    {
        foreach (var address in addresses) Add(name, TypeOf(IPAddress.Parse(address).AddressFamily), address);
        return this;
    }

    /// <summary>Adds MX records in the order of their preference; an empty name is a null MX.</summary>
    public ZoneDns Mx(string name, params string[] hosts) => Add(name, "MX", hosts);

    /// <summary>Adds PTR records.</summary>
    public ZoneDns Pointer(string address, params string[] names) => PointerAt(ReverseOf(IPAddress.Parse(address)), names);

    /// <summary>Adds PTR records at a name such as <c>4.2.0.192.in-addr.arpa</c>.</summary>
    public ZoneDns PointerAt(string name, params string[] names) => Add(name, "PTR", names);

    /// <summary>Makes a name an alias of another (CNAME).</summary>
    public ZoneDns Alias(string name, string target) => Add(name, "CNAME", target);

    /// <summary>Makes a name exist without records.</summary>
    public ZoneDns Empty(string name) => Add(name, "NONE");

    /// <summary>Makes the lookups of a name fail, for one type of record or for all (null).</summary>
    public ZoneDns Failing(string name, string? type = null)
    {
        foreach (var each in type is null ? ["TXT", "A", "AAAA", "MX", "PTR"] : new[] { type }) _failing.Add((Key(name), each));
        return this;
    }

    /// <summary>Makes the lookups of a name fail since the node has too many queries.</summary>
    public ZoneDns Crowded(string name)
    {
        _crowded.Add(Key(name));
        return this;
    }

    /// <summary>Makes the lookups of a name last until a task ends, or their caller gives up.</summary>
    public ZoneDns Silent(string name, Task? until = null)
    {
        _silent[Key(name)] = until ?? Task.Delay(Timeout.Infinite);
        return this;
    }

    /// <inheritdoc/>
    public ValueTask<DnsAnswer<string>> TextAsync(string name, CancellationToken cancellation) => FindAsync(name, "TXT", cancellation);

    /// <inheritdoc/>
    public async ValueTask<DnsAnswer<IPAddress>> AddressesAsync(string name, AddressFamily family, CancellationToken cancellation)
    {
        var answer = await FindAsync(name, TypeOf(family), cancellation);
        return new DnsAnswer<IPAddress>(answer.Status, [.. answer.Records.Select(IPAddress.Parse)], false)
        {
            Problem = answer.Problem,
            IsLocalFailure = answer.IsLocalFailure,
        };
    }

    /// <inheritdoc/>
    public ValueTask<DnsAnswer<string>> MailExchangersAsync(string name, CancellationToken cancellation) =>
        FindAsync(name, "MX", cancellation);

    /// <inheritdoc/>
    public ValueTask<DnsAnswer<string>> PointersAsync(IPAddress address, CancellationToken cancellation) =>
        FindAsync(ReverseOf(address), "PTR", cancellation);

    /// <summary>The name with the PTR records of an address, also of an IPv4-mapped one.</summary>
    public static string ReverseOf(IPAddress address)
    {
        var octets = (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).GetAddressBytes().Reverse();
        return address.AddressFamily == AddressFamily.InterNetwork || address.IsIPv4MappedToIPv6
            ? string.Join('.', octets) + ".in-addr.arpa"
            : string.Join('.', octets.SelectMany(octet => new[] { $"{octet & 0xF:x}", $"{octet >> 4:x}" })) + ".ip6.arpa";
    }

    private static string TypeOf(AddressFamily family) => family == AddressFamily.InterNetworkV6 ? "AAAA" : "A";

    private static string Key(string name) => name.TrimEnd('.').ToLowerInvariant();

    private ZoneDns Add(string name, string type, params string[] values)
    {
        var key = Key(name);
        if (!_records.TryGetValue((key, type), out var list)) _records[(key, type)] = list = [];
        list.AddRange(values);
        _names.Add(key);
        for (var dot = key.IndexOf('.'); dot >= 0; dot = key.IndexOf('.', dot + 1)) _names.Add(key[(dot + 1)..]);
        return this;
    }

    private async ValueTask<DnsAnswer<string>> FindAsync(string name, string type, CancellationToken cancellation)
    {
        var key = Key(name);
        if (key.Length is 0 or > 253 || key.Split('.').Any(label => label.Length is 0 or > 63)
            || key.Any(c => c is < ' ' or > '~' or '\\'))
            return new DnsAnswer<string>(DnsStatus.NameNotFound, [], false);
        _queries.Enqueue($"{type} {key}");
        if (_silent.TryGetValue(key, out var until)) await until.WaitAsync(cancellation);
        if (_crowded.Contains(key)) return new DnsAnswer<string>(DnsStatus.Failed, [], false) { IsLocalFailure = true };
        for (var i = 0; i < MaxAliases && _records.TryGetValue((key, "CNAME"), out var alias); i++) key = Key(alias[0]);
        if (_failing.Contains((key, type))) return new DnsAnswer<string>(DnsStatus.Failed, [], false) { Problem = "the zone fails" };
        return _records.TryGetValue((key, type), out var records) && records.Count > 0
            ? new DnsAnswer<string>(DnsStatus.Found, [.. type == "TXT" ? records : records.Select(Key)], false)
            : new DnsAnswer<string>(_names.Contains(key) ? DnsStatus.NoData : DnsStatus.NameNotFound, [], false);
    }
}
