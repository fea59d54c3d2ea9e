using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Postfleet.Core.Mail;
using Postfleet.Delivery.Smtp;
using Postfleet.Dns;

namespace Postfleet.Delivery.Security;

/// <summary>What TLSA records say of the certificate of a host.</summary>
/// <param name="Depth">
/// The place of the certificate that a record vouches for, in the chain from the host's, which is 0; -1 if no record does.
/// </param>
/// <param name="Failure">Why the host is not authenticated; null if it is.</param>
/// <param name="Problem">The failure in words; empty for none.</param>
internal readonly record struct DaneVerdict(int Depth, TlsFailure? Failure, string Problem);

/// <summary>
/// Verifies the certificate of a mail host by TLSA records (RFC 7672 section 3). A record of usage 3 is for the key of the host: names and
/// dates say nothing. A record of usage 2 is for an authority in the chain, or above it: the chain up to there, dates, purposes and the
/// name of the host are checked. Pure but for the chain builder of the platform.
/// </summary>
internal static class DaneVerifier
{
    /// <summary>
    /// Most keys without a certificate that are used of a set of records: each of them is tried on each certificate of the chain.
    /// </summary>
    public const int MaxKeys = 8;

    private const string NoMatch = "no TLSA record is for the certificate of the host or for an authority in its chain";

    /// <summary>Verifies the certificates that a host has sent.</summary>
    /// <param name="records">The usable records of the host.</param>
    /// <param name="sent">The certificates in DER form; the host's own first.</param>
    /// <param name="names">The names of which the certificate must have one where a record is for an authority.</param>
    /// <param name="now">The time.</param>
    public static DaneVerdict Verify(
        TlsaSet records, ImmutableArray<ReadOnlyMemory<byte>> sent, IReadOnlyCollection<string> names, DateTimeOffset now)
    {
        if (sent.IsDefaultOrEmpty || CertificateParts.Read(sent[0]) is not { } leaf)
            return new(-1, TlsFailure.CertificateNotTrusted, "the certificate of the host cannot be read");
        if (records.Records.Any(record => record.Usage == TlsaSet.EndEntity && TlsaSet.Matches(record, sent[0].Span, leaf.Key.Span)))
            return new(0, null, "");
        ImmutableArray<TlsaAssociation> authorities = [.. records.Records.Where(record => record.Usage == TlsaSet.Authority)];
        if (authorities.IsEmpty) return new(-1, TlsFailure.CertificateNotTrusted, NoMatch);
        try
        {
            return VerifyChain(authorities, sent, names, now);
        }
        catch (CryptographicException e)
        {
            return new(-1, TlsFailure.CertificateNotTrusted, e.Message);
        }
    }

    private static DaneVerdict VerifyChain(
        ImmutableArray<TlsaAssociation> authorities, ImmutableArray<ReadOnlyMemory<byte>> sent, IReadOnlyCollection<string> names,
        DateTimeOffset now)
    {
        using var chain = new X509Chain { ChainPolicy = TlsClient.NewPolicy() };
        var policy = chain.ChainPolicy;
        // No authority of the system is trusted. The end of the chain is judged here.
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        policy.VerificationTime = now.LocalDateTime;
        var certificates = new List<X509Certificate2>();
        try
        {
            foreach (var der in sent) certificates.Add(X509CertificateLoader.LoadCertificate(der.Span));
            // A record may contain the authority that the host does not send (RFC 7671 section 5.2.2).
            foreach (var record in authorities) if (ReadCertificate(record) is { } authority) certificates.Add(authority);
            foreach (var certificate in certificates) policy.ExtraStore.Add(certificate);
            chain.Build(certificates[0]);
            return Judge(chain, authorities, names, now);
        }
        finally
        {
            foreach (var element in chain.ChainElements) element.Certificate.Dispose();
            foreach (var certificate in certificates) certificate.Dispose();
        }
    }

    private static DaneVerdict Judge(
        X509Chain chain, ImmutableArray<TlsaAssociation> authorities, IReadOnlyCollection<string> names, DateTimeOffset now)
    {
        DaneVerdict? first = null;
        TlsaAssociation[] keys = [.. authorities
            .Where(record => record is { Selector: not TlsaSet.WholeCertificate, MatchingType: TlsaSet.Exact }).Take(MaxKeys)];
        for (var depth = 0; depth < chain.ChainElements.Count; depth++)
        {
            if (!IsTrusted(chain.ChainElements[depth].Certificate, depth, authorities, keys)) continue;
            var verdict = CheckPath(chain, depth, now) ?? CheckName(chain.ChainElements[0].Certificate, depth, names);
            if (verdict.Failure is null) return verdict;
            first ??= verdict;
        }

        return first ?? new(-1, TlsFailure.CertificateNotTrusted, NoMatch);
    }

    // A record for an authority vouches for a certificate above the host's, or, with a bare key, for what the key has signed.
    private static bool IsTrusted(
        X509Certificate2 certificate, int depth, ImmutableArray<TlsaAssociation> authorities, TlsaAssociation[] keys) =>
        CertificateParts.Read(certificate.RawDataMemory) is { } parts
            && ((depth > 0
                    && authorities.Any(record => TlsaSet.Matches(record, certificate.RawDataMemory.Span, parts.Key.Span)))
                || Array.Exists(keys, record => parts.IsSignedBy(record.Data.AsSpan())));

    private static DaneVerdict? CheckPath(X509Chain chain, int depth, DateTimeOffset now)
    {
        const X509ChainStatusFlags Above =
            X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.NotTimeValid;
        for (var i = 0; i <= depth; i++)
        {
            var (certificate, faults) = (chain.ChainElements[i].Certificate, X509ChainStatusFlags.NoError);
            foreach (var status in chain.ChainElements[i].ChainElementStatus) faults |= status.Status;
            // The chain builder does not look at the dates of the last certificate of a chain without a root.
            if (now < certificate.NotBefore || now > certificate.NotAfter || faults == X509ChainStatusFlags.NotTimeValid)
                return new(depth, TlsFailure.CertificateExpired, $"{Describe(certificate, i)} is not valid at this time");
            faults &= i == depth ? ~Above : ~X509ChainStatusFlags.NoError;
            if (faults != X509ChainStatusFlags.NoError)
                return new(depth, TlsFailure.CertificateNotTrusted, $"{Describe(certificate, i)} is not valid: {faults}");
        }

        return null;
    }

    private static DaneVerdict CheckName(X509Certificate2 leaf, int depth, IReadOnlyCollection<string> names) =>
        names.Any(name => HasName(leaf, name)) ? new(depth, null, "")
            : new(depth, TlsFailure.CertificateHostMismatch, $"the certificate is for none of the names {string.Join(", ", names)}");

    // The platform throws for a text that is no name of a host.
    private static bool HasName(X509Certificate2 leaf, string name) =>
        DomainName.TryParse(name, out var domain) && !domain.IsAddressLiteral && Uri.CheckHostName(name) == UriHostNameType.Dns
            && leaf.MatchesHostname(name);

    private static string Describe(X509Certificate2 certificate, int depth) =>
        depth == 0 ? "the certificate of the host"
            : $"the certificate of the authority {certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false)}";

    private static X509Certificate2? ReadCertificate(TlsaAssociation record)
    {
        if (record is not { Selector: TlsaSet.WholeCertificate, MatchingType: TlsaSet.Exact }) return null;
        try
        {
            return X509CertificateLoader.LoadCertificate(record.Data.AsSpan());
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
