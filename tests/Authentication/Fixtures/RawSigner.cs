using System.Security.Cryptography;
using System.Text;
using Postfleet.Authentication.Dkim;
using Postfleet.Authentication.Messages;
using Postfleet.Testing;

namespace Postfleet.Authentication.Tests.Fixtures;

/// <summary>
/// Signs messages with any tags, also invalid ones, so that a test shows that a rule and not the signature decides. The words
/// <c>BH</c> and <c>B</c> stand for the body hash and the signature.
/// </summary>
internal static class RawSigner
{
    public static string Sign(
        string message, string tags, DkimPrivateKey key, string name = "DKIM-Signature", string? fields = null, long limit = BodyHash.Whole)
    {
        var header = TestMessages.Header(message);
        var body = tags.Contains("c=relaxed/relaxed", StringComparison.Ordinal)
            || tags.Contains("c=simple/relaxed", StringComparison.Ordinal)
            ? Canonicalization.Relaxed : Canonicalization.Simple;
        var form = tags.Contains("c=relaxed", StringComparison.Ordinal) ? Canonicalization.Relaxed : Canonicalization.Simple;
        using var bodyHash = BodyCanonicalizer.Hash(header.Body, body, [limit]);
        var field = $"{name}: {tags.Replace("BH", Convert.ToBase64String(bodyHash[limit] ?? new byte[32]), StringComparison.Ordinal)}";
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        SignatureHash.AppendSigned(hash, header, (fields ?? "from:to:subject:date").Split(':'), form, null);
        HeaderCanonicalizer.Append(hash, Encoding.UTF8.GetBytes(field.Replace("b=B", "b=", StringComparison.Ordinal)), form, false);
        var signature = Convert.ToBase64String(key.Sign(hash.GetHashAndReset()));
        return $"{field.Replace("b=B", $"b={signature}", StringComparison.Ordinal)}\r\n{message}";
    }

    public static async Task<DkimResult> VerifyAsync(string message, ZoneDns keys, DateTimeOffset? now = null)
    {
        var results = await DkimVerifier.VerifyAsync(
            MessageHeader.Read(Encoding.UTF8.GetBytes(message)), keys, now ?? TestMessages.Now, DkimVerifier.DefaultMaxSignatures, default);
        return results.Single();
    }
}
