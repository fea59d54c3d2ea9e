using System.Globalization;
using Postfleet.Dns;

namespace Postfleet.Delivery.Security;

/// <summary>The kinds of policies in reports about TLS (RFC 8460 section 4.4, <c>policy-type</c>).</summary>
internal enum TlsPolicyType
{
    /// <summary>The domain has no policy: <c>no-policy-found</c>.</summary>
    NoPolicyFound,

    /// <summary>TLSA records (DANE): <c>tlsa</c>.</summary>
    Tlsa,

    /// <summary>MTA-STS: <c>sts</c>.</summary>
    Sts,
}

/// <summary>The failures in reports about TLS (RFC 8460 section 4.3, <c>result-type</c>).</summary>
internal enum TlsFailure
{
    /// <summary>The host does not offer STARTTLS.</summary>
    StartTlsNotSupported,

    /// <summary>The certificate is for other names.</summary>
    CertificateHostMismatch,

    /// <summary>The certificate, or one of its authorities, has expired.</summary>
    CertificateExpired,

    /// <summary>The certificate is not from a trusted authority, or no TLSA record is for it.</summary>
    CertificateNotTrusted,

    /// <summary>Another failure of TLS.</summary>
    ValidationFailure,

    /// <summary>No TLSA record of the host can be used.</summary>
    TlsaInvalid,

    /// <summary>The resolver gave no valid answer about records that must be signed.</summary>
    DnssecInvalid,

    /// <summary>DANE is required by the configuration of the sender, and the domain does not have it.</summary>
    DaneRequired,

    /// <summary>The MTA-STS policy cannot be fetched.</summary>
    StsPolicyFetchError,

    /// <summary>The MTA-STS policy is invalid, or names none of the hosts.</summary>
    StsPolicyInvalid,

    /// <summary>The certificate of the server of the MTA-STS policy is not valid.</summary>
    StsWebPkiInvalid,
}

/// <summary>
/// How a policy was applied to a connection for a message: what a report about TLS (RFC 8460) counts. Made by <see cref="HostPolicy"/>.
/// Immutable.
/// </summary>
/// <param name="Type">The kind of the policy.</param>
/// <param name="Domain">The domain of the mail.</param>
/// <param name="Host">The mail host.</param>
/// <param name="Failure">The failure; null if the policy was met.</param>
/// <param name="Reason">The failure in words; empty if the policy was met.</param>
internal sealed record TlsResult(TlsPolicyType Type, string Domain, string Host, TlsFailure? Failure, string Reason)
{
    /// <summary>The MTA-STS policy of the domain; null for none.</summary>
    public StsPolicy? Sts { get; init; }

    /// <summary>The TLSA records of the host.</summary>
    public DaneHost Dane { get; init; } = DaneHost.None;

    /// <summary>The domain of the policy in a report; for TLSA records, the name below which the records are.</summary>
    public string PolicyDomain => Type == TlsPolicyType.Tlsa && Dane.Base.Length > 0 ? Dane.Base : Domain;

    /// <summary>
    /// The policy as published: lines of an MTA-STS policy, or TLSA records in presentation form (RFC 6698 section 2.2).
    /// </summary>
    public IReadOnlyList<string> Strings => Type switch
    {
        TlsPolicyType.Tlsa => [.. Dane.Published.Select(Write)],
        TlsPolicyType.Sts when Sts is not null => Sts.Write().Split('\n', StringSplitOptions.RemoveEmptyEntries),
        _ => [],
    };

    /// <summary>The word of a kind of policy in a report.</summary>
    public static string WordOf(TlsPolicyType type) => type switch
    {
        TlsPolicyType.Tlsa => "tlsa",
        TlsPolicyType.Sts => "sts",
        _ => "no-policy-found",
    };

    /// <summary>The word of a failure in a report.</summary>
    public static string WordOf(TlsFailure failure) => failure switch
    {
        TlsFailure.StartTlsNotSupported => "starttls-not-supported",
        TlsFailure.CertificateHostMismatch => "certificate-host-mismatch",
        TlsFailure.CertificateExpired => "certificate-expired",
        TlsFailure.CertificateNotTrusted => "certificate-not-trusted",
        TlsFailure.TlsaInvalid => "tlsa-invalid",
        TlsFailure.DnssecInvalid => "dnssec-invalid",
        TlsFailure.DaneRequired => "dane-required",
        TlsFailure.StsPolicyFetchError => "sts-policy-fetch-error",
        TlsFailure.StsPolicyInvalid => "sts-policy-invalid",
        TlsFailure.StsWebPkiInvalid => "sts-webpki-invalid",
        _ => "validation-failure",
    };

    private static string Write(TlsaAssociation record) => string.Create(
        CultureInfo.InvariantCulture,
        $"{record.Usage} {record.Selector} {record.MatchingType} {Convert.ToHexStringLower(record.Data.AsSpan())}");
}
