using System.Collections.Immutable;
using System.Security.Cryptography;
using Postfleet.Dns;

namespace Postfleet.Delivery.Security;

/// <summary>
/// The TLSA records of one mail host that a client of SMTP uses (RFC 7672 section 3.1): usages 2 and 3, with known selectors and matching
/// types and data of the right length. Of several digests for one usage and selector only the strongest counts (RFC 7671 section 9).
/// Immutable; pure.
/// </summary>
internal sealed class TlsaSet
{
    /// <summary>The usage of a record that names an authority.</summary>
    public const byte Authority = 2;

    /// <summary>The usage of a record that names the certificate of the host.</summary>
    public const byte EndEntity = 3;

    /// <summary>The selector of the whole certificate.</summary>
    public const byte WholeCertificate = 0;

    /// <summary>The matching type of the content itself.</summary>
    public const byte Exact = 0;

    /// <summary>The most records that are used.</summary>
    public const int MaxRecords = 50;

    /// <summary>The longest certificate or key in a record that is used, in octets.</summary>
    public const int MaxContent = 16 * 1024;

    private const byte Sha256 = 1;

    private const byte Sha512 = 2;

    private TlsaSet(ImmutableArray<TlsaAssociation> records) => Records = records;

    /// <summary>The records that are used.</summary>
    public ImmutableArray<TlsaAssociation> Records { get; }

    /// <summary>
    /// Whether any record can be used. If a host has only others, mail is encrypted and the host is not authenticated (RFC 7672 section
    /// 2.2).
    /// </summary>
    public bool IsUsable => !Records.IsEmpty;

    /// <summary>The usable ones of all records of a host.</summary>
    public static TlsaSet Of(IEnumerable<TlsaAssociation> records)
    {
        TlsaAssociation[] known = [.. records.Where(IsKnown).Take(MaxRecords)];
        return new TlsaSet([.. known.Where(record => record.MatchingType != Sha256 || !Array.Exists(
            known, other => other.MatchingType == Sha512 && (other.Usage, other.Selector) == (record.Usage, record.Selector)))]);
    }

    /// <summary>Whether a record is for a certificate.</summary>
    /// <param name="record">The record.</param>
    /// <param name="certificate">The certificate in DER form.</param>
    /// <param name="key">Its public key (SubjectPublicKeyInfo) in DER form.</param>
    public static bool Matches(TlsaAssociation record, ReadOnlySpan<byte> certificate, ReadOnlySpan<byte> key)
    {
        var content = record.Selector == WholeCertificate ? certificate : key;
        var data = record.Data.AsSpan();
        return record.MatchingType switch
        {
            Exact => data.SequenceEqual(content),
            Sha256 => data.SequenceEqual(SHA256.HashData(content)),
            Sha512 => data.SequenceEqual(SHA512.HashData(content)),
            _ => false,
        };
    }

    private static bool IsKnown(TlsaAssociation record) =>
        record.Usage is Authority or EndEntity && record.Selector <= 1 && record.MatchingType switch
        {
            Exact => record.Data.Length is > 0 and <= MaxContent,
            Sha256 => record.Data.Length == SHA256.HashSizeInBytes,
            Sha512 => record.Data.Length == SHA512.HashSizeInBytes,
            _ => false,
        };
}
