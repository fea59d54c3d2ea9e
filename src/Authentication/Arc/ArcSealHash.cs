using System.Security.Cryptography;
using Postfleet.Authentication.Dkim;
using Postfleet.Authentication.Messages;

namespace Postfleet.Authentication.Arc;

/// <summary>
/// The hash that an ARC-Seal signs (RFC 8617 section 5.1.1): all sets in their order, the last seal without its signature.
/// </summary>
internal static class ArcSealHash
{
    /// <summary>The hash for the seal of the last one of some sets.</summary>
    public static byte[] Compute(MessageHeader header, IEnumerable<ArcFields> sets)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        DkimSignature? open = null;
        foreach (var set in sets)
        {
            if (open is not null) Append(hash, header.Octets(open.Field));
            Append(hash, header.Octets(set.Results));
            Append(hash, header.Octets(set.Message.Field));
            open = set.Seal;
        }

        SignatureHash.AppendOwn(hash, header, open!);
        return hash.GetHashAndReset();
    }

    /// <summary>Adds a whole field.</summary>
    public static void Append(IncrementalHash hash, ReadOnlySpan<byte> field) =>
        HeaderCanonicalizer.Append(hash, field, Canonicalization.Relaxed, hasLineEnd: true);
}
