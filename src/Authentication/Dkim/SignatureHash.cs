using System.Security.Cryptography;
using Postfleet.Authentication.Messages;

namespace Postfleet.Authentication.Dkim;

/// <summary>The hash over header fields that a signature signs (RFC 6376 section 3.7). Pure.</summary>
internal static class SignatureHash
{
    /// <summary>The hash of the signed fields and of the field of the signature itself, without the signature.</summary>
    public static byte[] Compute(MessageHeader header, DkimSignature signature)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        AppendSigned(hash, header, signature.SignedFields, signature.HeaderForm, signature.Field);
        AppendOwn(hash, header, signature);
        return hash.GetHashAndReset();
    }

    /// <summary>
    /// Adds the signed fields. The first mention of a name takes the lowest field with the name, the next mention the field above it; a
    /// mention without a field adds nothing (RFC 6376 section 5.4.2).
    /// </summary>
    /// <param name="hash">The hash.</param>
    /// <param name="header">The header.</param>
    /// <param name="names">The names in the order of <c>h=</c>.</param>
    /// <param name="form">The canonical form.</param>
    /// <param name="own">The field of the signature, which no name means; null if it is not in the header.</param>
    public static void AppendSigned(
        IncrementalHash hash, MessageHeader header, IReadOnlyList<string> names, Canonicalization form, HeaderField? own)
    {
        var left = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        foreach (var name in names)
        {
            var fields = header.Named(name);
            if (!left.TryGetValue(name, out var next)) next = fields.Count;
            next--;
            if (next >= 0 && fields[next] == own) next--;
            left[name] = Math.Max(next, 0);
            if (next >= 0) HeaderCanonicalizer.Append(hash, header.Octets(fields[next]), form, hasLineEnd: true);
        }
    }

    /// <summary>Adds the field of a signature with an empty value of <c>b=</c> and without its last line end.</summary>
    public static void AppendOwn(IncrementalHash hash, MessageHeader header, DkimSignature signature)
    {
        var octets = header.Octets(signature.Field);
        var value = signature.Field.ValueStart - signature.Field.Start;
        var (start, end) = signature.SignatureRange;
        var last = octets.EndsWith("\r\n"u8) ? octets.Length - 2 : octets.EndsWith("\n"u8) ? octets.Length - 1 : octets.Length;
        byte[] unsigned = [.. octets[..(value + start)], .. octets[(value + end)..Math.Max(last, value + end)]];
        HeaderCanonicalizer.Append(hash, unsigned, signature.HeaderForm, hasLineEnd: false);
    }
}
