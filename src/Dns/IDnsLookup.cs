using System.Net;
using System.Net.Sockets;

namespace Postfleet.Dns;

/// <summary>
/// DNS lookups. Faults of servers never throw, and end with <see cref="DnsStatus.Failed"/>. A name that cannot be queried (empty or
/// overlong labels, octets other than printable ASCII) ends with <see cref="DnsStatus.NameNotFound"/> without a query. Names are given
/// without the trailing dot, in any case. Thread-safe.
/// </summary>
public interface IDnsLookup
{
    /// <summary>
    /// The TXT records of a name, in no particular order: one string per record, its character-strings joined, each octet as one UTF-16
    /// code unit (Latin-1).
    /// </summary>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    ValueTask<DnsAnswer<string>> TextAsync(string name, CancellationToken cancellation);

    /// <summary>The addresses of a name: of A records for IPv4, of AAAA records for IPv6.</summary>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    ValueTask<DnsAnswer<IPAddress>> AddressesAsync(string name, AddressFamily family, CancellationToken cancellation);

    /// <summary>
    /// The mail exchangers of a domain in the order of their preference, in lower case without the trailing dot; an empty name for a null
    /// MX (RFC 7505).
    /// </summary>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    ValueTask<DnsAnswer<string>> MailExchangersAsync(string name, CancellationToken cancellation);

    /// <summary>The names to which the PTR records of an address point, in lower case without the trailing dot.</summary>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    ValueTask<DnsAnswer<string>> PointersAsync(IPAddress address, CancellationToken cancellation);
}
