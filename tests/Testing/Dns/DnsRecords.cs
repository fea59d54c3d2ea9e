namespace Postfleet.Testing;

/// <summary>
/// The records of a <see cref="Dnsmasq"/>. All other names do not exist (NXDOMAIN). The methods return the same object for chained calls.
/// </summary>
public sealed class DnsRecords
{
    private readonly List<string> _options = [];
    private readonly List<string> _failing = [];
    private readonly List<string> _silent = [];

    /// <summary>The records as options of dnsmasq.</summary>
    internal IReadOnlyList<string> Options => _options;

    /// <summary>The domains whose queries end in SERVFAIL.</summary>
    internal IReadOnlyList<string> FailingDomains => _failing;

    /// <summary>The domains whose queries are never answered.</summary>
    internal IReadOnlyList<string> SilentDomains => _silent;

    /// <summary>An MX record (RFC 5321 section 5.1).</summary>
    public DnsRecords Mx(string domain, string host, int preference = 10) => Add($"--mx-host={domain},{host},{preference}");

    /// <summary>A null MX (RFC 7505): the domain accepts no mail.</summary>
    public DnsRecords NullMx(string domain) => Add($"--dns-rr={domain},15,000000");

    /// <summary>An A or AAAA record, by the form of the address. A name may have several.</summary>
    public DnsRecords Address(string host, string address) => Add($"--host-record={host},{address}");

    /// <summary>A TXT record with one text, which has no comma: dnsmasq divides the text there.</summary>
    public DnsRecords Text(string name, string text) => Add($"--txt-record={name},{text}");

    /// <summary>A PTR record, at a name such as <c>4.2.0.192.in-addr.arpa</c>.</summary>
    public DnsRecords Pointer(string name, string host) => Add($"--ptr-record={name},{host}");

    /// <summary>An alias of a name that is served here too.</summary>
    public DnsRecords Alias(string alias, string host) => Add($"--cname={alias},{host}");

    /// <summary>Queries below the domain end in SERVFAIL.</summary>
    public DnsRecords Failing(string domain)
    {
        _failing.Add(domain);
        return this;
    }

    /// <summary>Queries below the domain are never answered.</summary>
    public DnsRecords Silent(string domain)
    {
        _silent.Add(domain);
        return this;
    }

    private DnsRecords Add(string option)
    {
        _options.Add(option);
        return this;
    }
}
