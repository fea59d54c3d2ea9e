using System.Net;
using Postfleet.Core.Mail;

namespace Postfleet.Frontend.Options;

/// <summary>Section <c>Relay</c>: the clients and domains with permission to relay.</summary>
public sealed record RelayOptions
{
    /// <summary>Networks whose clients may send to any domain, in CIDR form.</summary>
    public IReadOnlyList<IPNetwork> TrustedNetworks { get; init; } = [IPNetwork.Parse("127.0.0.0/8"), IPNetwork.Parse("::1/128")];

    /// <summary>Domains open to every client: names, or <c>*.suffix</c>.</summary>
    public IReadOnlyList<DomainPattern> Domains { get; init; } = [];

    /// <summary>
    /// The mailbox for mail to <c>postmaster</c> without a domain, or at the node's name (RFC 5321 section 4.5.1); null for the default.
    /// </summary>
    public Mailbox? Postmaster { get; init; }
}
