using System.Collections.Immutable;
using System.Security.Cryptography;
using Postfleet.Authentication.Dkim;
using Postfleet.Authentication.Messages;
using Postfleet.Authentication.Results;
using Postfleet.Dns;

namespace Postfleet.Authentication.Arc;

/// <summary>
/// Verifies the ARC chain of a message (RFC 8617 section 5.2). Pure but for the lookups of its resolver. The work is bounded by the limits
/// of <see cref="MessageHeader"/> and by 50 sets; the body is read once and not copied.
/// </summary>
public static class ArcVerifier
{
    /// <summary>Verifies the chain of a message.</summary>
    /// <param name="message">The header of the message, with its body.</param>
    /// <param name="dns">The resolver for the keys.</param>
    /// <param name="now">The present time, for the expiry of the message signature.</param>
    /// <param name="cancellation">Ends the lookups.</param>
    /// <exception cref="OperationCanceledException">The lookups were cancelled.</exception>
    public static async ValueTask<ArcResult> VerifyAsync(
        MessageHeader message, IDnsLookup dns, DateTimeOffset now, CancellationToken cancellation)
    {
        var chain = ArcChain.Read(message);
        if (!chain.IsPresent) return new ArcResult(ArcStatus.None, "");
        if (chain.Error is { } error) return Ended(chain, ArcStatus.Fail, error);
        var last = chain.Sets[^1];
        var keys = await KeyLookup.FetchAsync(chain.Sets.Select(set => set.Seal).Append(last.Message), dns, cancellation);
        var (status, reason) = CheckMessage(message, last.Message, keys, now);
        for (var count = chain.Sets.Count; count > 0 && status == ArcStatus.Pass; count--)
        {
            var seal = chain.Sets[count - 1].Seal;
            (status, reason) = Check(seal, ArcSealHash.Compute(message, chain.Sets.Take(count)), keys);
            if (status != ArcStatus.Pass) reason = $"seal {count}: {reason}";
        }

        return Ended(chain, status, reason) with { Sets = status == ArcStatus.Pass ? SetsOf(message, chain) : [] };
    }

    private static (ArcStatus Status, string Reason) CheckMessage(
        MessageHeader message, DkimSignature signature, KeyLookup keys, DateTimeOffset now)
    {
        var (status, reason) = Check(signature, SignatureHash.Compute(message, signature), keys);
        if (status != ArcStatus.Pass) return (status, $"message signature: {reason}");
        if (signature.Expires < now.ToUnixTimeSeconds()) return (ArcStatus.Fail, "message signature expired");
        using var hash = BodyCanonicalizer.Hash(message.Body, signature.BodyForm, [signature.BodyLimit]);
        return hash[signature.BodyLimit] is { } found && CryptographicOperations.FixedTimeEquals(found, signature.BodyHash)
            ? (ArcStatus.Pass, "") : (ArcStatus.Fail, "body hash wrong");
    }

    private static (ArcStatus Status, string Reason) Check(DkimSignature signature, byte[] hash, KeyLookup keys)
    {
        var choice = keys.Choose(signature);
        if (choice.Keys.IsEmpty)
            return (choice.Status == DkimStatus.TempError ? ArcStatus.TempError : ArcStatus.Fail, choice.Reason);
        return choice.FindSigner(hash, signature.Signature) is null ? (ArcStatus.Fail, "signature wrong") : (ArcStatus.Pass, "");
    }

    private static ImmutableArray<ArcSet> SetsOf(MessageHeader message, ArcChain chain) =>
    [
        .. chain.Sets.Select(set => new ArcSet(
            set.Seal.Instance,
            set.Seal.Domain!.Value,
            AuthenticationResults.TryParseArc(message.Text(set.Results), out var results) ? results : null)),
    ];

    private static ArcResult Ended(ArcChain chain, ArcStatus status, string reason) =>
        new(status, reason) { LastInstance = chain.LastInstance, IsMarkedFailed = chain.IsMarkedFailed };
}
