using System.Security.Cryptography;
using Postfleet.Core.Users;

namespace Postfleet.Authentication.Sasl;

/// <summary>
/// The check of a password that the client has sent (PLAIN, LOGIN) against the verifiers of a user. Work is bounded: one hash for each
/// different pair of salt and iterations, of which a user has 1 + <see cref="MailUser.MaxApplicationPasswords"/> at most. Unknown and
/// disabled users cost the hashes of a wrong password.
/// </summary>
internal static class PasswordCheck
{
    private const ScramAlgorithm Algorithm = ScramAlgorithm.Sha256;

    /// <summary>Checks a password.</summary>
    /// <returns>The verifier that the password fulfils; null for none.</returns>
    public static Candidate? Find(SaslChannel channel, SaslName name, ReadOnlySpan<byte> password, MailUser? user, DateTimeOffset now)
    {
        var candidates = Candidate.For(user, name, now);
        var isAllowed = user is { IsDisabled: false };
        // A disabled user's success is not taken from the cache: the short time would show that the password is right.
        var tag = channel.Cache?.Tag(name.User, password);
        if (tag is not null && channel.Cache!.Find(tag, isAllowed ? candidates : [], now) is { } known) return known;

        if (candidates.Count == 0)
        {
            var decoy = DecoyVerifier.For(channel, user, name, Algorithm);
            IsMatch(decoy, ScramHash.StoredKey(Derive(channel, password, decoy), Algorithm));
            return null;
        }

        Candidate? found = null;
        for (var i = 0; i < candidates.Count; i++)
        {
            var verifier = candidates[i].Verifier;
            if (candidates.FindIndex(other => HasSameSalt(other.Verifier, verifier)) < i) continue;
            var stored = ScramHash.StoredKey(Derive(channel, password, verifier), Algorithm);
            foreach (var candidate in candidates)
            {
                if (HasSameSalt(candidate.Verifier, verifier) && IsMatch(candidate.Verifier, stored)) found ??= candidate;
            }

            if (found is not null && isAllowed) break;
        }

        if (!isAllowed || found is null) return null;
        if (tag is not null) channel.Cache!.Add(tag, found.Value, now);
        return found;
    }

    private static byte[] Derive(SaslChannel channel, ReadOnlySpan<byte> password, ScramVerifier verifier) =>
        channel.Derive(password, verifier.Salt.Span, verifier.Iterations, Algorithm);

    private static bool HasSameSalt(ScramVerifier a, ScramVerifier b) =>
        a.Iterations == b.Iterations && a.Salt.Span.SequenceEqual(b.Salt.Span);

    private static bool IsMatch(ScramVerifier verifier, ReadOnlySpan<byte> stored) =>
        CryptographicOperations.FixedTimeEquals(stored, verifier.StoredKey.Span);
}
