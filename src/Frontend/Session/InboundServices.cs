using Postfleet.Authentication.Dkim;
using Postfleet.Authentication.Dmarc.Reports;
using Postfleet.Dns;
using Postfleet.Frontend.Intake;
using Postfleet.Frontend.Options;

namespace Postfleet.Frontend.Session;

/// <summary>What the listeners for inbound mail share: the rules, the resolver, and the name of this service. Immutable.</summary>
/// <param name="Rules">Section <c>Inbound</c>.</param>
/// <param name="Hostname">The host name of this node.</param>
/// <param name="Lookup">The resolver.</param>
/// <param name="Time">The clock.</param>
internal sealed record InboundServices(InboundOptions Rules, string Hostname, IDnsLookup Lookup, TimeProvider Time)
{
    /// <summary>Counts messages for the reports of DMARC; null where no reports are sent.</summary>
    public IDmarcCounts? Counts { get; init; }

    /// <summary>The key for seals by ARC; null for no seals.</summary>
    public DkimPrivateKey? SealKey { get; init; }

    /// <summary>The check that seals messages; null for no seals.</summary>
    public ArcSealCheck? NewSeal() => SealKey is null ? null : new ArcSealCheck(Rules.Seal, SealKey, AuthservId);

    /// <summary>The domains whose mail is accepted.</summary>
    public DomainSet Domains { get; } = new(Rules.Domains);

    /// <summary>The domains of ARC sealers that are believed.</summary>
    public DomainSet TrustedSealers { get; } = new(Rules.TrustedSealers);

    /// <summary>The authserv-id in Authentication-Results fields (RFC 8601 section 2.5).</summary>
    public string AuthservId { get; } = Rules.ServiceOn(Hostname);
}
