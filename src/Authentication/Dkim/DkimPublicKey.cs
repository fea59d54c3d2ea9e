using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Org.BouncyCastle.Math.EC.Rfc8032;
using Postfleet.Authentication.Messages;

namespace Postfleet.Authentication.Dkim;

/// <summary>A key record (RFC 6376 section 3.6.1, RFC 8463 section 4) with a usable key. Immutable. Pure.</summary>
internal sealed class DkimPublicKey
{
    /// <summary>The size of the shortest acceptable RSA key, in bits (RFC 8301 section 3.2).</summary>
    public const int MinRsaBits = 1024;

    /// <summary>The size of the longest RSA key that is used, in bits. RFC 8301 section 3.2 demands 4096.</summary>
    public const int MaxRsaBits = 8192;

    private const int Ed25519Bits = 256;

    private readonly byte[] _key;
    private readonly byte[] _exponent;

    private DkimPublicKey(DkimAlgorithm algorithm, byte[] key, byte[] exponent, int bits, bool isTesting, bool isStrict)
    {
        // The modulus of an RSA key, or the point of an Ed25519 key.
        _key = key;
        _exponent = exponent;
        Algorithm = algorithm;
        Bits = bits;
        IsTesting = isTesting;
        IsStrict = isStrict;
    }

    /// <summary>The only algorithm for which the key is used.</summary>
    public DkimAlgorithm Algorithm { get; }

    /// <summary>The size of the key, in bits.</summary>
    public int Bits { get; }

    /// <summary>Whether the domain tests DKIM (<c>t=y</c>).</summary>
    public bool IsTesting { get; }

    /// <summary>Whether the domain of <c>i=</c> must be the domain of <c>d=</c> and not a subdomain (<c>t=s</c>).</summary>
    public bool IsStrict { get; }

    /// <summary>Reads a record.</summary>
    /// <param name="record">The strings of a TXT record in one, octets as Latin-1.</param>
    /// <param name="key">The key; null if the record has no usable key.</param>
    /// <param name="error">Why there is no usable key; null if there is one.</param>
    public static bool TryParse(string record, [NotNullWhen(true)] out DkimPublicKey? key, [NotNullWhen(false)] out string? error)
    {
        key = null;
        if (record.Length > TagList.MaxOctets) return Fail("key record too long", out error);
        if (!TagList.TryParse(Encoding.Latin1.GetBytes(record), out var tags, out var invalid))
            return Fail($"invalid key record: {invalid}", out error);
        if (tags["v"] is { } version && (version != "DKIM1" || tags.Tags[0].Name != "v"))
            return Fail("key record of an unknown version", out error);
        if (tags["p"] is not { } text) return Fail("key record without a key", out error);
        if (text.Length == 0) return Fail("key revoked", out error);
        if (tags["h"] is { } hashes && !Has(hashes, "sha256")) return Fail("key not for SHA-256", out error);
        if (tags["s"] is { } services && !Has(services, "*") && !Has(services, "email")) return Fail("key not for mail", out error);
        var flags = tags["t"] ?? "";
        var (isTesting, isStrict) = (Has(flags, "y"), Has(flags, "s"));
        if (TagList.Base64(text) is not { } octets) return Fail("key not in base64", out error);
        error = null;
        switch (tags["k"])
        {
            case null or "rsa":
                if (!RsaPublicKey.TryRead(octets, out var modulus, out var exponent)) return Fail("invalid RSA key", out error);
                var bits = RsaPublicKey.Bits(modulus);
                if (bits < MinRsaBits) return Fail($"RSA key too short: {bits} bits", out error);
                if (bits > MaxRsaBits) return Fail($"RSA key too long: {bits} bits", out error);
                key = new DkimPublicKey(DkimAlgorithm.RsaSha256, modulus, exponent, bits, isTesting, isStrict);
                return true;
            case "ed25519":
                if (octets.Length != Ed25519.PublicKeySize || !Ed25519.ValidatePublicKeyPartial(octets, 0))
                    return Fail("invalid Ed25519 key", out error);
                key = new DkimPublicKey(DkimAlgorithm.Ed25519Sha256, octets, [], Ed25519Bits, isTesting, isStrict);
                return true;
            default:
                return Fail("key of an unknown type", out error);
        }
    }

    /// <summary>Whether a signature is right for a SHA-256 hash.</summary>
    public bool Verify(byte[] hash, byte[] signature)
    {
        if (Algorithm == DkimAlgorithm.Ed25519Sha256)
            return signature.Length == Ed25519.SignatureSize && Ed25519.Verify(signature, 0, _key, 0, hash, 0, hash.Length);
        try
        {
            using var rsa = RSA.Create(new RSAParameters { Modulus = _key, Exponent = _exponent });
            return rsa.VerifyHash(hash, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }
        catch (CryptographicException)
        {
            // The key has unusable numbers, for example an even modulus.
            return false;
        }
    }

    // Whether a list with colons has a word; white space may surround the words.
    private static bool Has(string list, string word)
    {
        foreach (var range in list.AsSpan().Split(':'))
        {
            if (list.AsSpan(range).Trim().SequenceEqual(word)) return true;
        }

        return false;
    }

    private static bool Fail(string reason, out string error)
    {
        error = reason;
        return false;
    }
}
