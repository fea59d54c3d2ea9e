using System.Net;
using Postfleet.Core.Queueing;
using Postfleet.Dns;

namespace Postfleet.Delivery.Routing;

/// <summary>The MX records of a domain.</summary>
/// <param name="Status">How the query ended.</param>
/// <param name="Hosts">The hosts, in lower case, without the trailing dot; a null MX (RFC 7505) is one host with an empty name.</param>
/// <param name="Ttl">How long the answer may be cached.</param>
internal sealed record MxAnswer(DnsStatus Status, IReadOnlyList<TargetHost> Hosts, TimeSpan Ttl)
{
    /// <summary>For a failed query, the server and its error.</summary>
    public string Problem { get; init; } = "";
}

/// <summary>The addresses of a host.</summary>
/// <param name="Status">How the query ended.</param>
/// <param name="Addresses">The addresses of both families.</param>
/// <param name="Ttl">How long the answer may be cached.</param>
internal sealed record AddressAnswer(DnsStatus Status, IReadOnlyList<IPAddress> Addresses, TimeSpan Ttl)
{
    /// <summary>For a failed query, the server and its error.</summary>
    public string Problem { get; init; } = "";
}

/// <summary>The DNS queries needed to route mail. Faults of servers never throw. Thread-safe.</summary>
internal interface IMailDns
{
    ValueTask<MxAnswer> FindMxAsync(string domain, CancellationToken cancellationToken);

    ValueTask<AddressAnswer> FindAddressesAsync(string host, CancellationToken cancellationToken);
}
