using System.Formats.Asn1;
using System.Numerics;

namespace Postfleet.Authentication.Dkim;

/// <summary>
/// Reads the numbers of an RSA key: of a SubjectPublicKeyInfo, as domains have it, or of an RSAPublicKey, as RFC 6376 says. Pure.
/// </summary>
internal static class RsaPublicKey
{
    // A verification takes time in proportion to the length of the exponent, which is 3 or 65537 in practice.
    private const int MaxExponentLength = 8;

    private const string Rsa = "1.2.840.113549.1.1.1";

    /// <summary>Reads a key. The numbers are big-endian without leading zeros.</summary>
    public static bool TryRead(byte[] octets, out byte[] modulus, out byte[] exponent)
    {
        (modulus, exponent) = ([], []);
        try
        {
            var outer = new AsnReader(octets, AsnEncodingRules.BER).ReadSequence();
            if (outer.PeekTag().HasSameClassAndValue(Asn1Tag.Sequence))
            {
                if (outer.ReadSequence().ReadObjectIdentifier() != Rsa) return false;
                outer = new AsnReader(outer.ReadBitString(out _), AsnEncodingRules.BER).ReadSequence();
            }

            modulus = Number(outer.ReadIntegerBytes().Span);
            exponent = Number(outer.ReadIntegerBytes().Span);
            return modulus.Length > 0 && exponent.Length is > 0 and <= MaxExponentLength;
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    /// <summary>The size of a modulus, in bits.</summary>
    public static int Bits(byte[] modulus) => 8 * modulus.Length - (BitOperations.LeadingZeroCount((uint)modulus[0]) - 24);

    // Empty for a negative number.
    private static byte[] Number(ReadOnlySpan<byte> octets) => (octets[0] & 0x80) != 0 ? [] : octets.TrimStart((byte)0).ToArray();
}
