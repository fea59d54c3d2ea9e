using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Postfleet.Delivery.Security;

/// <summary>
/// The parts of a certificate (RFC 5280 section 4.1), octet by octet as they were sent: TLSA records have digests of these octets. Pure.
/// </summary>
/// <param name="Signed">The part that is signed.</param>
/// <param name="Key">The public key (SubjectPublicKeyInfo).</param>
/// <param name="Algorithm">The object identifier of the algorithm of the signature.</param>
/// <param name="Signature">The signature.</param>
internal sealed record CertificateParts(
    ReadOnlyMemory<byte> Signed, ReadOnlyMemory<byte> Key, string Algorithm, ReadOnlyMemory<byte> Signature)
{
    /// <summary>Reads a certificate in DER form; null for octets that are none.</summary>
    public static CertificateParts? Read(ReadOnlyMemory<byte> certificate)
    {
        try
        {
            var outer = new AsnReader(certificate, AsnEncodingRules.BER).ReadSequence();
            var signed = outer.ReadEncodedValue();
            var algorithm = outer.ReadSequence().ReadObjectIdentifier();
            var signature = outer.ReadBitString(out _);
            var fields = new AsnReader(signed, AsnEncodingRules.BER).ReadSequence();
            var version = new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true);
            if (fields.PeekTag().HasSameClassAndValue(version)) fields.ReadEncodedValue();
            // Serial number, algorithm, issuer, validity, subject.
            for (var i = 0; i < 5; i++) fields.ReadEncodedValue();
            return new CertificateParts(signed, fields.ReadEncodedValue(), algorithm, signature);
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    /// <summary>
    /// Whether the certificate is signed by a key that no certificate contains. Only RSA (PKCS #1) and ECDSA with SHA-2 are known.
    /// </summary>
    /// <param name="key">The key (SubjectPublicKeyInfo) in DER form.</param>
    public bool IsSignedBy(ReadOnlySpan<byte> key)
    {
        try
        {
            var publicKey = PublicKey.CreateFromSubjectPublicKeyInfo(key, out _);
            switch (Algorithm)
            {
                case "1.2.840.113549.1.1.11": return IsSignedByRsa(publicKey, HashAlgorithmName.SHA256);
                case "1.2.840.113549.1.1.12": return IsSignedByRsa(publicKey, HashAlgorithmName.SHA384);
                case "1.2.840.113549.1.1.13": return IsSignedByRsa(publicKey, HashAlgorithmName.SHA512);
                case "1.2.840.10045.4.3.2": return IsSignedByEcdsa(publicKey, HashAlgorithmName.SHA256);
                case "1.2.840.10045.4.3.3": return IsSignedByEcdsa(publicKey, HashAlgorithmName.SHA384);
                case "1.2.840.10045.4.3.4": return IsSignedByEcdsa(publicKey, HashAlgorithmName.SHA512);
                default: return false;
            }
        }
        catch (Exception e) when (e is CryptographicException or AsnContentException or PlatformNotSupportedException)
        {
            return false;
        }
    }

    private bool IsSignedByRsa(PublicKey key, HashAlgorithmName hash)
    {
        using var rsa = key.GetRSAPublicKey();
        return rsa?.VerifyData(Signed.Span, Signature.Span, hash, RSASignaturePadding.Pkcs1) == true;
    }

    private bool IsSignedByEcdsa(PublicKey key, HashAlgorithmName hash)
    {
        using var ecdsa = key.GetECDsaPublicKey();
        return ecdsa?.VerifyData(Signed.Span, Signature.Span, hash, DSASignatureFormat.Rfc3279DerSequence) == true;
    }
}
