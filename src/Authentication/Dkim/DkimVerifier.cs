using System.Collections.Immutable;
using System.Security.Cryptography;
using Postfleet.Authentication.Messages;
using Postfleet.Dns;

namespace Postfleet.Authentication.Dkim;

/// <summary>
/// Verifies the DKIM signatures of a message (RFC 6376, 8301, 8463). Pure but for the lookups of its resolver. The work is bounded: a
/// number of signatures, one lookup for each, and at most one pass over the body for each canonical form. The body is not copied.
/// </summary>
public static class DkimVerifier
{
    /// <summary>The usual number of signatures that are verified.</summary>
    public const int DefaultMaxSignatures = 10;

    /// <summary>Verifies the signatures of a message, in the order of its header.</summary>
    /// <param name="message">The header of the message, with its body.</param>
    /// <param name="dns">The resolver for the keys.</param>
    /// <param name="now">The present time, for the expiry of signatures.</param>
    /// <param name="maxSignatures">The greatest number of signatures that are verified, from the top; others have no result.</param>
    /// <param name="cancellation">Ends the lookups.</param>
    /// <returns>One result for each signature; none for a message without signatures; one for a header that is too long.</returns>
    /// <exception cref="OperationCanceledException">The lookups were cancelled.</exception>
    public static async ValueTask<ImmutableArray<DkimResult>> VerifyAsync(
        MessageHeader message, IDnsLookup dns, DateTimeOffset now, int maxSignatures, CancellationToken cancellation)
    {
        if (!message.IsComplete) return [new DkimResult(DkimStatus.PermError, "header too long")];
        var fields = message.Named("DKIM-Signature");
        if (fields.Count == 0) return [];
        var signatures = fields.Take(maxSignatures).Select(field => DkimSignature.Read(message, field, SignatureKind.Dkim)).ToArray();
        var keys = await KeyLookup.FetchAsync(signatures, dns, cancellation);
        var seconds = now.ToUnixTimeSeconds();
        var checks = signatures.Select(signature => CheckHeader(message, signature, keys, seconds)).ToArray();
        foreach (var form in checks.Where(check => check.NeedsBody).GroupBy(check => check.Signature.BodyForm))
        {
            using var hash = BodyCanonicalizer.Hash(message.Body, form.Key, Limits(form));
            foreach (var check in form) CheckBody(check, hash);
        }

        return [.. checks.Select(check => check.Result)];
    }

    private static IEnumerable<long> Limits(IEnumerable<Check> checks)
    {
        foreach (var check in checks)
        {
            yield return check.Signature.BodyLimit;
            // One octet more tells whether a signature with l= leaves a part of the body unsigned.
            if (check.Signature.BodyLimit < BodyHash.Whole) yield return check.Signature.BodyLimit + 1;
        }
    }

    private static Check CheckHeader(MessageHeader message, DkimSignature signature, KeyLookup keys, long now)
    {
        if (signature.Error is { } error) return Check.Ended(signature, DkimStatus.PermError, error);
        var choice = keys.Choose(signature);
        if (choice.Keys.IsEmpty) return Check.Ended(signature, choice.Status, choice.Reason);
        var signer = choice.FindSigner(SignatureHash.Compute(message, signature), signature.Signature);
        if (signer is null) return Check.Ended(signature, DkimStatus.Fail, "signature wrong", choice.Keys[0]);
        return signature.Expires < now
            ? Check.Ended(signature, DkimStatus.Fail, "signature expired", signer)
            : new Check(signature, signer);
    }

    private static void CheckBody(Check check, BodyHash hash)
    {
        var signature = check.Signature;
        if (hash[signature.BodyLimit] is not { } found)
        {
            check.End(DkimStatus.Fail, "body shorter than its signed part");
            return;
        }

        if (CryptographicOperations.FixedTimeEquals(found, signature.BodyHash)) check.Pass(hash.Length > signature.BodyLimit);
        else check.End(DkimStatus.Fail, "body hash wrong");
    }

    // A signature on its way to its result.
    private sealed class Check(DkimSignature signature, DkimPublicKey? key)
    {
        public DkimSignature Signature => signature;

        public bool NeedsBody { get; private set; } = true;

        public DkimResult Result { get; private set; } = new(DkimStatus.PermError, "");

        public static Check Ended(DkimSignature signature, DkimStatus status, string reason, DkimPublicKey? key = null)
        {
            var check = new Check(signature, key);
            check.End(status, reason);
            return check;
        }

        public void Pass(bool hasUnsignedBody)
        {
            End(DkimStatus.Pass, "");
            Result = Result with { HasUnsignedBody = hasUnsignedBody };
        }

        public void End(DkimStatus status, string reason)
        {
            NeedsBody = false;
            Result = new DkimResult(status, reason)
            {
                Domain = signature.Domain,
                Selector = signature.Selector,
                Identity = signature.Identity,
                Algorithm = signature.AlgorithmName,
                KeyBits = key?.Bits ?? 0,
                SignatureStart = signature.SignatureText is { Length: > 0 } text ? text[..Math.Min(text.Length, 8)] : null,
                IsTesting = key?.IsTesting ?? false,
            };
        }
    }
}
