using System.Net;
using System.Net.Sockets;

namespace Postfleet.Dns;

/// <summary>
/// Lookups whose answers say whether they were validated (DNSSEC). They ask only servers that are trusted to say so: those on loopback and
/// those of <c>Dns:TrustedServers</c>. An answer that is not signed correctly ends with <see cref="DnsStatus.Failed"/>, as if the server
/// did not answer. Thread-safe.
/// </summary>
public interface IDnssecLookup
{
    /// <summary>Whether a server is trusted; otherwise every lookup fails.</summary>
    bool HasServers { get; }

    /// <summary>The mail exchangers of a domain with their preferences.</summary>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    ValueTask<DnsAnswer<MailExchanger>> PreferencesAsync(string name, CancellationToken cancellation);

    /// <summary>The addresses of a name: of A records for IPv4, of AAAA records for IPv6.</summary>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    ValueTask<DnsAnswer<IPAddress>> AddressesAsync(string name, AddressFamily family, CancellationToken cancellation);

    /// <summary>The name to which a CNAME record of a name points, in lower case without the trailing dot.</summary>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    ValueTask<DnsAnswer<string>> AliasAsync(string name, CancellationToken cancellation);

    /// <summary>The TLSA records of a name (RFC 6698).</summary>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    ValueTask<DnsAnswer<TlsaAssociation>> TlsaAsync(string name, CancellationToken cancellation);

    /// <summary>Asks for the records of the root of the DNS, which is signed.</summary>
    /// <returns>Why no answer will be validated; null if the servers validate.</returns>
    Task<string?> FindProblemAsync();
}
