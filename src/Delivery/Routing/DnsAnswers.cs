using System.Net;
using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Routing;

/// <summary>How a question to the DNS ended.</summary>
internal enum DnsStatus
{
    /// <summary>There is an answer; it may be empty.</summary>
    Found,

    /// <summary>The name does not exist (NXDOMAIN).</summary>
    NoSuchName,

    /// <summary>No server gives an answer now (SERVFAIL, REFUSED, time-out, nonsense).</summary>
    Failed,
}

/// <summary>The MX records of a domain.</summary>
/// <param name="Status">How the question ended.</param>
/// <param name="Hosts">The hosts, lower case, without the root dot; a null MX (RFC 7505) is one host with an empty name.</param>
/// <param name="Ttl">How long the answer may be kept.</param>
internal sealed record MxAnswer(DnsStatus Status, IReadOnlyList<TargetHost> Hosts, TimeSpan Ttl)
{
    /// <summary>Why there is no answer, where the question failed: which server said what.</summary>
    public string Problem { get; init; } = "";
}

/// <summary>The addresses of a host.</summary>
/// <param name="Status">How the question ended.</param>
/// <param name="Addresses">The addresses of both families.</param>
/// <param name="Ttl">How long the answer may be kept.</param>
internal sealed record AddressAnswer(DnsStatus Status, IReadOnlyList<IPAddress> Addresses, TimeSpan Ttl)
{
    /// <summary>Why there is no answer, where the question failed: which server said what.</summary>
    public string Problem { get; init; } = "";
}

/// <summary>The two questions that mail asks the DNS. Never throws for what a server says or does not say.</summary>
internal interface IMailDns
{
    ValueTask<MxAnswer> FindMxAsync(string domain, CancellationToken cancellationToken);

    ValueTask<AddressAnswer> FindAddressesAsync(string host, CancellationToken cancellationToken);
}
