using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Postfleet.Authentication.Dkim;
using Postfleet.Authentication.Messages;
using Postfleet.Authentication.Results;

namespace Postfleet.Authentication.Arc;

/// <summary>Seals messages (RFC 8617 section 5.1). Pure.</summary>
public static class ArcSealer
{
    /// <summary>
    /// Makes the next set of a chain. A broken chain is marked as broken once (RFC 8617 section 5.1.2).
    /// </summary>
    /// <param name="message">The header of the message, with its body, in the octets that will be sent.</param>
    /// <param name="chain">The result of the verification of the chain, when the message came.</param>
    /// <param name="sealing">Who seals, and which fields.</param>
    /// <param name="key">The private key.</param>
    /// <returns>
    /// The three fields with their line ends, to be put in front of the message. Null if no seal may follow: the chain is marked as
    /// broken, has 50 sets, is not known because of DNS trouble, or the header is too long.
    /// </returns>
    /// <exception cref="ArgumentException">ARC-Seal is among the signed fields.</exception>
    public static byte[]? Seal(MessageHeader message, ArcResult chain, ArcSealing sealing, DkimPrivateKey key)
    {
        if (sealing.SignedFields.Contains(ArcChain.SealName, StringComparer.OrdinalIgnoreCase))
            throw new ArgumentException("ARC-Seal cannot be among the signed fields", nameof(sealing));
        if (chain.Status == ArcStatus.TempError || chain.IsMarkedFailed || !message.IsComplete) return null;
        var instance = chain.LastInstance + 1;
        if (instance > DkimSignature.MaxInstance) return null;
        var number = instance.ToString(CultureInfo.InvariantCulture);
        var time = sealing.Time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

        var results = ResultsField(number, sealing);
        var signature = SignMessage(message, sealing, key, number, time);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        if (chain.Status == ArcStatus.Pass) AppendSets(hash, message);
        ArcSealHash.Append(hash, results);
        ArcSealHash.Append(hash, signature);
        HeaderCanonicalizer.Append(hash, SealText([]), Canonicalization.Relaxed, hasLineEnd: false);
        return [.. SealText(key.Sign(hash.GetHashAndReset())), .. "\r\n"u8, .. signature, .. results];

        byte[] SealText(byte[] value) => new SignatureText(ArcChain.SealName)
            .Add("a", key.AlgorithmName)
            .Add("b", Convert.ToBase64String(value))
            .Add("cv", chain.Status switch { ArcStatus.None => "none", ArcStatus.Pass => "pass", _ => "fail" })
            .Add("d", sealing.Domain.Value)
            .Add("i", number)
            .Add("s", sealing.Selector)
            .Add("t", time)
            .ToOctets();
    }

    private static void AppendSets(IncrementalHash hash, MessageHeader message)
    {
        foreach (var set in ArcChain.Read(message).Sets)
        {
            ArcSealHash.Append(hash, message.Octets(set.Results));
            ArcSealHash.Append(hash, message.Octets(set.Message.Field));
            ArcSealHash.Append(hash, message.Octets(set.Seal.Field));
        }
    }

    private static byte[] ResultsField(string instance, ArcSealing sealing)
    {
        var head = $"i={instance}; {AuthenticationResultsWriter.Service(sealing.Service)}";
        return Encoding.UTF8.GetBytes(
            $"{ArcChain.ResultsName}: {AuthenticationResultsWriter.Payload(head, sealing.Results)}\r\n");
    }

    // The names of the tags are in alphabetical order, and the signature is in one piece, so that the seal signs the same text however the
    // field is folded.
    private static byte[] SignMessage(MessageHeader message, ArcSealing sealing, DkimPrivateKey key, string instance, string time)
    {
        using var bodyHash = BodyCanonicalizer.Hash(message.Body, Canonicalization.Relaxed, [BodyHash.Whole]);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        SignatureHash.AppendSigned(hash, message, sealing.SignedFields, Canonicalization.Relaxed, own: null);
        HeaderCanonicalizer.Append(hash, Text([]), Canonicalization.Relaxed, hasLineEnd: false);
        return [.. Text(key.Sign(hash.GetHashAndReset())), .. "\r\n"u8];

        byte[] Text(byte[] signature) => new SignatureText(ArcChain.MessageName)
            .Add("a", key.AlgorithmName)
            .Add("b", Convert.ToBase64String(signature))
            .Add("bh", Convert.ToBase64String(bodyHash[BodyHash.Whole]!))
            .Add("c", "relaxed/relaxed")
            .Add("d", sealing.Domain.Value)
            .Add("h", string.Join(':', sealing.SignedFields))
            .Add("i", instance)
            .Add("s", sealing.Selector)
            .Add("t", time)
            .ToOctets();
    }
}
