using System.Collections.Immutable;

namespace Postfleet.Dns;

/// <summary>A TLSA record: a certificate association (RFC 6698 section 2.1). Its fields may have values that no standard defines.</summary>
/// <param name="Usage">The certificate usage: 3 names the certificate of the host, 2 an authority that issues it.</param>
/// <param name="Selector">Whether the data are of the whole certificate (0) or of its public key (1).</param>
/// <param name="MatchingType">Whether the data are the selected content (0), its SHA-256 (1) or its SHA-512 (2).</param>
/// <param name="Data">The data; at most a DNS message long.</param>
public sealed record TlsaAssociation(byte Usage, byte Selector, byte MatchingType, ImmutableArray<byte> Data);
