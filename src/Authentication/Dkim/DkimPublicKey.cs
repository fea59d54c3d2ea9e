using System.Diagnostics.CodeAnalysis;
using System.Text;
using Org.BouncyCastle.Math.EC.Rfc8032;
using Postfleet.Authentication.Messages;

namespace Postfleet.Authentication.Dkim;

/// <summary>A key record (RFC 6376 section 3.6.1, RFC 8463 section 4) with a usable key. Thread-safe. Pure.</summary>
internal sealed class DkimPublicKey
{
    /// <summary>The size of the shortest acceptable RSA key, in bits (RFC 8301 section 3.2).</summary>
    public const int MinRsaBits = 1024;

    /// <summary>The size of the longest RSA key that is used, in bits. RFC 8301 section 3.2 demands 4096.</summary>
    public const int MaxRsaBits = 8192;

    private const int Ed25519Bits = 256;

    private readonly RsaPublicKey? _rsa;
    private readonly Ed25519.PublicPoint? _point;

    private DkimPublicKey(RsaPublicKey? rsa, Ed25519.PublicPoint? point, string flags)
    {
        _rsa = rsa;
        _point = point;
        IsTesting = Has(flags, "y");
        IsStrict = Has(flags, "s");
    }

    /// <summary>The only algorithm for which the key is used.</summary>
    public DkimAlgorithm Algorithm => _rsa is null ? DkimAlgorithm.Ed25519Sha256 : DkimAlgorithm.RsaSha256;

    /// <summary>The size of the key, in bits.</summary>
    public int Bits => _rsa?.Bits ?? Ed25519Bits;

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
        if (TagList.Base64(text) is not { } octets) return Fail("key not in base64", out error);
        error = null;
        switch (tags["k"])
        {
            case null or "rsa":
                if (!RsaPublicKey.TryRead(octets, out var rsa)) return Fail("invalid RSA key", out error);
                if (rsa.Bits < MinRsaBits) return Fail($"RSA key too short: {rsa.Bits} bits", out error);
                if (rsa.Bits > MaxRsaBits) return Fail($"RSA key too long: {rsa.Bits} bits", out error);
                key = new DkimPublicKey(rsa, null, flags);
                return true;
            case "ed25519":
                if (octets.Length != Ed25519.PublicKeySize || Ed25519.ValidatePublicKeyPartialExport(octets, 0) is not { } point)
                    return Fail("invalid Ed25519 key", out error);
                key = new DkimPublicKey(null, point, flags);
                return true;
            default:
                return Fail("key of an unknown type", out error);
        }
    }

    /// <summary>Whether a signature is right for a SHA-256 hash.</summary>
    public bool Verify(byte[] hash, byte[] signature) => _rsa is not null
        ? _rsa.Verify(hash, signature)
        : signature.Length == Ed25519.SignatureSize && Ed25519.Verify(signature, 0, _point, hash, 0, hash.Length);

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
