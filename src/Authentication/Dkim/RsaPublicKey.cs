using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;

namespace Postfleet.Authentication.Dkim;

/// <summary>
/// An RSA key of a record. The import of a key costs several times as much as a verification, so the imported objects are kept, one for
/// each verification in progress. Thread-safe. Pure.
/// </summary>
internal sealed class RsaPublicKey
{
    // A verification takes time in proportion to the length of the exponent, which is 3 or 65537 in practice.
    private const int MaxExponentLength = 8;

    private const string Rsa = "1.2.840.113549.1.1.1";

    private readonly RSAParameters _numbers;
    private readonly ConcurrentBag<RSA> _idle = [];

    private RsaPublicKey(byte[] modulus, byte[] exponent)
    {
        _numbers = new RSAParameters { Modulus = modulus, Exponent = exponent };
        Bits = 8 * modulus.Length - (BitOperations.LeadingZeroCount((uint)modulus[0]) - 24);
    }

    /// <summary>The size of the modulus, in bits.</summary>
    public int Bits { get; }

    /// <summary>Reads a SubjectPublicKeyInfo, as domains have it, or an RSAPublicKey, as the text of RFC 6376 says.</summary>
    public static bool TryRead(byte[] octets, [NotNullWhen(true)] out RsaPublicKey? key)
    {
        key = null;
        try
        {
            var outer = new AsnReader(octets, AsnEncodingRules.BER).ReadSequence();
            if (outer.PeekTag().HasSameClassAndValue(Asn1Tag.Sequence))
            {
                if (outer.ReadSequence().ReadObjectIdentifier() != Rsa) return false;
                outer = new AsnReader(outer.ReadBitString(out _), AsnEncodingRules.BER).ReadSequence();
            }

            var (modulus, exponent) = (Number(outer.ReadIntegerBytes().Span), Number(outer.ReadIntegerBytes().Span));
            if (modulus.Length == 0 || exponent.Length is 0 or > MaxExponentLength) return false;
            key = new RsaPublicKey(modulus, exponent);
            return true;
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    /// <summary>Whether a signature (RSASSA-PKCS1-v1_5) is right for a SHA-256 hash.</summary>
    public bool Verify(byte[] hash, byte[] signature)
    {
        try
        {
            if (!_idle.TryTake(out var rsa)) rsa = RSA.Create(_numbers);
            var isRight = rsa.VerifyHash(hash, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            _idle.Add(rsa);
            return isRight;
        }
        catch (CryptographicException)
        {
            // The key has unusable numbers, for example an even modulus.
            return false;
        }
    }

    // Big-endian without leading zeros; empty for zero and negative numbers.
    private static byte[] Number(ReadOnlySpan<byte> octets) => (octets[0] & 0x80) != 0 ? [] : octets.TrimStart((byte)0).ToArray();
}
