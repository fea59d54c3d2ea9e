using Postfleet.Delivery.Routing;
using Postfleet.Delivery.Smtp;

namespace Postfleet.Delivery.Security;

/// <summary>How a connection stands to the policy of a domain.</summary>
/// <param name="Result">The result, for reports.</param>
/// <param name="IsStrict">Whether mail waits rather than being sent against the policy.</param>
/// <param name="IsProven">Whether the name of the host is proven (RFC 8689 section 4.2.1).</param>
internal sealed record PolicyVerdict(TlsResult Result, bool IsStrict, bool IsProven)
{
    /// <summary>Whether the policy is met.</summary>
    public bool IsMet => Result.Failure is null;

    /// <summary>The standard, for replies and logs.</summary>
    public string Standard => Result.Type == TlsPolicyType.Sts ? "MTA-STS" : "DANE";
}

/// <summary>
/// What a domain demands of one of its mail hosts. TLSA records decide where the host has them; MTA-STS decides about the other hosts, and
/// never outweighs TLSA records (RFC 8461 section 2). Immutable; pure.
/// </summary>
/// <param name="Domain">The domain.</param>
/// <param name="Host">The name in the MX record.</param>
/// <param name="Sts">The MTA-STS policy, of mode testing or enforce; null for none.</param>
/// <param name="Dane">The TLSA records.</param>
internal sealed record HostPolicy(string Domain, string Host, StsPolicy? Sts, DaneHost Dane)
{
    private bool IsEnforced => Sts?.Mode == StsMode.Enforce;

    /// <summary>Why no connection to the host can meet the policy; null if one can.</summary>
    /// <param name="mustProve">Whether the name of the host must be proven.</param>
    public string? FindObstacle(bool mustProve) => Dane.State switch
    {
        DaneState.Authenticate => null,
        DaneState.Unknown => Dane.Problem,
        _ when Sts is not null => (IsEnforced || mustProve) && !Sts.Allows(Host) ? $"the host {Host} is not in the policy" : null,
        _ => mustProve ? $"nothing proves the name of {Host}" : null,
    };

    /// <summary>How a connection to the host is opened that is to meet the policy.</summary>
    /// <param name="usual">How connections to the site are opened.</param>
    /// <param name="mustProve">Whether the name of the host must be proven.</param>
    public Egress Apply(Egress usual, bool mustProve) => Dane.State switch
    {
        // The certificate is judged after the handshake, and TLSA records may vouch for one that no authority has issued.
        DaneState.Authenticate => usual with { Tls = TlsMode.Require, ServerName = Dane.Base },
        _ when IsEnforced || (Sts is not null && mustProve) => usual with { Tls = TlsMode.Verify },
        DaneState.Encrypt => usual with { Tls = usual.Tls == TlsMode.Verify ? TlsMode.Verify : TlsMode.Require },
        _ => usual,
    };

    /// <summary>Compares a connection to the host with the policy.</summary>
    /// <param name="tls">The TLS of the connection; null for none.</param>
    /// <param name="now">The time.</param>
    public PolicyVerdict Judge(TlsFacts? tls, DateTimeOffset now)
    {
        switch (Dane.State)
        {
            case DaneState.Unknown: return OfTlsa(TlsFailure.DnssecInvalid, Dane.Problem);
            case not DaneState.None when tls is null: return OfTlsa(TlsFailure.StartTlsNotSupported, NoTls);
            case DaneState.Authenticate:
                var verdict = DaneVerifier.Verify(Dane.Usable, tls!.Certificates, Dane.Names, now);
                return OfTlsa(verdict.Failure, verdict.Problem);
            case DaneState.Encrypt when Sts is null: return OfTlsa(null, "") with { IsProven = false };
            default:
                return Sts is not null ? JudgeSts(tls)
                    : Of(TlsPolicyType.NoPolicyFound, null, "", isStrict: false) with { IsProven = false };
        }
    }

    /// <summary>Whether a result is from this policy, for the same connection.</summary>
    public bool HasMade(TlsResult result) => ReferenceEquals(result.Dane, Dane) && ReferenceEquals(result.Sts, Sts)
        && result.Host == Host && result.Domain == Domain;

    private string NoTls => $"the connection to {Host} has no TLS";

    // RFC 8461 sections 4.1 and 4.2.
    private PolicyVerdict JudgeSts(TlsFacts? tls)
    {
        var (failure, reason) = !Sts!.Allows(Host) ? (TlsFailure.ValidationFailure, $"the host {Host} is not in the policy")
            : tls is null ? (TlsFailure.StartTlsNotSupported, NoTls)
            : tls.IsVerified ? ((TlsFailure?)null, "")
            : (TlsFailure.CertificateNotTrusted, $"the certificate of {Host} does not match its name or is not from a trusted authority");
        return Of(TlsPolicyType.Sts, failure, reason, IsEnforced);
    }

    private PolicyVerdict OfTlsa(TlsFailure? failure, string reason) =>
        Of(TlsPolicyType.Tlsa, failure, failure is null ? "" : $"{Host}: {reason}", isStrict: true);

    private PolicyVerdict Of(TlsPolicyType type, TlsFailure? failure, string reason, bool isStrict) =>
        new(new TlsResult(type, Domain, Host, failure, reason) { Sts = Sts, Dane = Dane }, isStrict, IsProven: failure is null);
}
