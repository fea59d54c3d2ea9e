using System.Globalization;
using System.Security.Cryptography;
using Postfleet.Authentication.Messages;

namespace Postfleet.Authentication.Dkim;

/// <summary>Makes DKIM signatures (RFC 6376 section 5, RFC 8463). Pure.</summary>
public static class DkimSigner
{
    private const string FieldName = "DKIM-Signature";

    /// <summary>Signs a message. The body is read once and not copied.</summary>
    /// <param name="message">The header of the message, with its body, in the octets that will be sent.</param>
    /// <param name="signing">Who signs, and which fields.</param>
    /// <param name="key">The private key.</param>
    /// <returns>The DKIM-Signature field with its last line end, to be put in front of the message.</returns>
    /// <exception cref="ArgumentException">From is not among the signed fields, or the header is too long to be signed.</exception>
    public static byte[] Sign(MessageHeader message, DkimSigning signing, DkimPrivateKey key)
    {
        if (!signing.SignedFields.Contains("From", StringComparer.OrdinalIgnoreCase))
            throw new ArgumentException("From is not among the signed fields", nameof(signing));
        if (!message.IsComplete) throw new ArgumentException("the header is too long", nameof(message));
        using var bodyHash = BodyCanonicalizer.Hash(message.Body, signing.BodyForm, [BodyHash.Whole]);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        SignatureHash.AppendSigned(hash, message, signing.SignedFields, signing.HeaderForm, own: null);
        // The tag of the signature is the last one, so that the text before it is the same with and without a value.
        HeaderCanonicalizer.Append(hash, Text([]), signing.HeaderForm, hasLineEnd: false);
        return [.. Text(key.Sign(hash.GetHashAndReset())), .. "\r\n"u8];

        byte[] Text(byte[] signature)
        {
            var seconds = signing.Time.ToUnixTimeSeconds();
            var text = new SignatureText(FieldName)
                .Add("v", "1")
                .Add("a", key.AlgorithmName)
                .Add("c", $"{Name(signing.HeaderForm)}/{Name(signing.BodyForm)}")
                .Add("d", signing.Domain.Value)
                .Add("s", signing.Selector);
            if (signing.HasTime) text.Add("t", Number(seconds));
            if (signing.Validity is { } validity) text.Add("x", Number(seconds + (long)validity.TotalSeconds));
            return text.AddNames("h", signing.SignedFields)
                .Add("bh", Convert.ToBase64String(bodyHash[BodyHash.Whole]!))
                .AddOctets("b", signature)
                .ToOctets();
        }
    }

    private static string Name(Canonicalization form) => form == Canonicalization.Relaxed ? "relaxed" : "simple";

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
