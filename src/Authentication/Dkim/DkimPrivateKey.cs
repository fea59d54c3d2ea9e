using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Math.EC.Rfc8032;
using Org.BouncyCastle.Security;

namespace Postfleet.Authentication.Dkim;

/// <summary>A private key that signs for DKIM and ARC. Thread-safe: each signature in progress has its own RSA object.</summary>
public sealed class DkimPrivateKey : IDisposable
{
    private readonly ConcurrentBag<RSA> _idle = [];
    private readonly RSAParameters _rsa;
    private readonly byte[]? _seed;
    private readonly byte[] _point = [];

    private DkimPrivateKey(RSAParameters rsa, int bits)
    {
        _rsa = rsa;
        Algorithm = DkimAlgorithm.RsaSha256;
        Bits = bits;
    }

    private DkimPrivateKey(byte[] seed)
    {
        _seed = seed;
        _point = new byte[Ed25519.PublicKeySize];
        Ed25519.GeneratePublicKey(seed, 0, _point, 0);
        Algorithm = DkimAlgorithm.Ed25519Sha256;
        Bits = 8 * seed.Length;
    }

    /// <summary>The algorithm that signatures of the key have.</summary>
    public DkimAlgorithm Algorithm { get; }

    /// <summary>The size of the key, in bits.</summary>
    public int Bits { get; }

    /// <summary>The algorithm as <c>a=</c> names it.</summary>
    public string AlgorithmName => Algorithm == DkimAlgorithm.RsaSha256 ? "rsa-sha256" : "ed25519-sha256";

    /// <summary>
    /// The key record for the DNS (RFC 6376 section 3.6.1), for example <c>v=DKIM1; k=rsa; p=...</c>.
    /// </summary>
    public string Record => _seed is null ? $"v=DKIM1; k=rsa; p={PublicRsa()}" : $"v=DKIM1; k=ed25519; p={Convert.ToBase64String(_point)}";

    /// <summary>
    /// Reads a key: PEM of PKCS #8 or PKCS #1 for RSA, PEM of PKCS #8 or the seed of 32 octets in base64 for Ed25519. RSA keys that
    /// receivers do not accept (under 1024 bits) are refused.
    /// </summary>
    /// <param name="text">The text of the key.</param>
    /// <param name="key">The key; null if unreadable.</param>
    /// <param name="error">Why the key is unreadable, without any part of it; null if it is readable.</param>
    public static bool TryRead(string text, [NotNullWhen(true)] out DkimPrivateKey? key, [NotNullWhen(false)] out string? error)
    {
        key = null;
        error = "not a private key for RSA or Ed25519";
        try
        {
            if (!PemEncoding.TryFind(text, out var fields))
            {
                var seed = new byte[text.Length];
                if (Convert.TryFromBase64String(text.Trim(), seed, out var length) && length == Ed25519.SecretKeySize)
                    key = new DkimPrivateKey(seed[..length]);
            }
            else if (text[fields.Label] is "PRIVATE KEY"
                && ReadEd25519(Convert.FromBase64String(text[fields.Base64Data])) is { } seed)
            {
                key = new DkimPrivateKey(seed);
            }
            else
            {
                using var rsa = RSA.Create();
                rsa.ImportFromPem(text);
                if (rsa.KeySize < DkimPublicKey.MinRsaBits)
                {
                    error = $"RSA key of {rsa.KeySize} bits; receivers accept {DkimPublicKey.MinRsaBits} or more";
                    return false;
                }

                key = new DkimPrivateKey(rsa.ExportParameters(true), rsa.KeySize);
            }
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or FormatException)
        {
            return false;
        }

        if (key is null) return false;
        error = null;
        return true;
    }

    /// <summary>Signs a SHA-256 hash.</summary>
    public byte[] Sign(byte[] hash)
    {
        if (_seed is not null)
        {
            var signature = new byte[Ed25519.SignatureSize];
            Ed25519.Sign(_seed, 0, _point, 0, hash, 0, hash.Length, signature, 0);
            return signature;
        }

        if (!_idle.TryTake(out var rsa)) rsa = RSA.Create(_rsa);
        try
        {
            return rsa.SignHash(hash, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        }
        finally
        {
            _idle.Add(rsa);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_idle.TryTake(out var rsa)) rsa.Dispose();
    }

    private static byte[]? ReadEd25519(byte[] pkcs8)
    {
        try
        {
            return PrivateKeyFactory.CreateKey(pkcs8) is Ed25519PrivateKeyParameters found ? found.GetEncoded() : null;
        }
        catch (Exception e) when (e is IOException or ArgumentException or InvalidOperationException or GeneralSecurityException)
        {
            // Keys of other kinds are read by the platform.
            return null;
        }
    }

    private string PublicRsa()
    {
        using var rsa = RSA.Create(new RSAParameters { Modulus = _rsa.Modulus, Exponent = _rsa.Exponent });
        return Convert.ToBase64String(rsa.ExportSubjectPublicKeyInfo());
    }
}
