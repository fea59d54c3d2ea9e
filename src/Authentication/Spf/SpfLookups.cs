using System.Net;
using System.Net.Sockets;
using Postfleet.Dns;

namespace Postfleet.Authentication.Spf;

/// <summary>The lookups of one check, counted against the limits of RFC 7208 section 4.6.4. Used by one caller at a time.</summary>
internal sealed class SpfLookups(IDnsLookup dns, SpfSubject subject)
{
    /// <summary>The maximum number of terms that need lookups.</summary>
    public const int MaxTerms = 10;

    /// <summary>The maximum number of lookups without records.</summary>
    public const int MaxVoid = 2;

    /// <summary>The maximum number of MX records, and of PTR records.</summary>
    public const int MaxHosts = 10;

    private List<string>? _clientNames;
    private List<string>? _validNames;
    private int _void;

    /// <summary>The number of terms that needed lookups.</summary>
    public int Terms { get; private set; }

    /// <summary>Counts a term; false if the limit is exceeded.</summary>
    public bool CountTerm() => ++Terms <= MaxTerms;

    /// <summary>Counts the lookup of a term if it had no records; false if the limit is exceeded.</summary>
    public bool CountVoid(DnsStatus status) => status is not (DnsStatus.NoData or DnsStatus.NameNotFound) || ++_void <= MaxVoid;

    /// <summary>The TXT records of a name.</summary>
    public ValueTask<DnsAnswer<string>> TextAsync(string name, CancellationToken cancellation) => dns.TextAsync(name, cancellation);

    /// <summary>The MX hosts of a name.</summary>
    public ValueTask<DnsAnswer<string>> MailExchangersAsync(string name, CancellationToken cancellation) =>
        dns.MailExchangersAsync(name, cancellation);

    /// <summary>The addresses of a name of the client's family.</summary>
    public ValueTask<DnsAnswer<IPAddress>> AddressesAsync(string name, CancellationToken cancellation) =>
        dns.AddressesAsync(name, subject.Client.AddressFamily, cancellation);

    /// <summary>The IPv4 addresses of a name, whatever the client's family is (RFC 7208 section 5.7).</summary>
    public ValueTask<DnsAnswer<IPAddress>> V4AddressesAsync(string name, CancellationToken cancellation) =>
        dns.AddressesAsync(name, AddressFamily.InterNetwork, cancellation);

    /// <summary>
    /// Whether a name of the client, validated by its address, is a domain or below it (RFC 7208 section 5.5). Failed lookups validate no
    /// name.
    /// </summary>
    public async ValueTask<bool> HasNameInAsync(string domain, CancellationToken cancellation)
    {
        foreach (var name in await ClientNamesAsync(cancellation))
            if (IsWithin(name, domain) && await IsValidAsync(name, cancellation)) return true;
        return false;
    }

    /// <summary>
    /// The validated name of the client: the domain itself if it is one, otherwise one below it, otherwise any, otherwise <c>unknown</c>
    /// (RFC 7208 section 7.3).
    /// </summary>
    public async ValueTask<string> ClientNameAsync(string domain, CancellationToken cancellation)
    {
        if (_validNames is null)
        {
            var valid = new List<string>();
            foreach (var name in await ClientNamesAsync(cancellation)) if (await IsValidAsync(name, cancellation)) valid.Add(name);
            _validNames = valid;
        }

        return _validNames.Find(name => name.Equals(domain, StringComparison.OrdinalIgnoreCase))
            ?? _validNames.Find(name => IsWithin(name, domain)) ?? _validNames.FirstOrDefault() ?? "unknown";
    }

    // RFC 7208 section 4.6.4: further PTR records are ignored.
    private async ValueTask<List<string>> ClientNamesAsync(CancellationToken cancellation) =>
        _clientNames ??= [.. (await dns.PointersAsync(subject.Client, cancellation)).Records.Take(MaxHosts)];

    private async ValueTask<bool> IsValidAsync(string name, CancellationToken cancellation) =>
        (await AddressesAsync(name, cancellation)).Records.Contains(subject.Client);

    private static bool IsWithin(string name, string domain) => name.EndsWith(domain, StringComparison.OrdinalIgnoreCase)
        && (name.Length == domain.Length || (domain.Length > 0 && name[^(domain.Length + 1)] == '.'));
}
