using System.Security.Cryptography;
using Postfleet.Core.Users;

namespace Postfleet.Authentication.Sasl;

/// <summary>The hash functions of SCRAM.</summary>
public enum ScramAlgorithm
{
    /// <summary>SHA-1 (RFC 5802).</summary>
    Sha1,

    /// <summary>SHA-256 (RFC 7677).</summary>
    Sha256,
}

/// <summary>Makes verifiers of passwords, and checks passwords against them (RFC 5802 section 3).</summary>
public static class ScramHash
{
    /// <summary>
    /// The iterations of new verifiers: the rule of thumb of RFC 7677 section 4. A check takes 3.5 ms of a core of a small cloud machine;
    /// 4,096, the least that the RFC wants, take 1 ms. SCRAM itself costs the server none of it.
    /// </summary>
    public const int DefaultIterations = 15_000;

    /// <summary>The octets of the salt of new verifiers.</summary>
    public const int SaltLength = 16;

    /// <summary>
    /// Makes a verifier. If the verifiers of a user share salt and iterations, a check against all of them costs one hash, so new
    /// application passwords should take those of the user's first verifier.
    /// </summary>
    /// <param name="password">The password; <see cref="PasswordText"/> prepares it.</param>
    /// <param name="salt">Random octets, <see cref="SaltLength"/>.</param>
    /// <param name="iterations">The iterations, within the bounds of <see cref="ScramVerifier"/>.</param>
    /// <param name="algorithm">The hash function.</param>
    /// <exception cref="ArgumentException">The password has characters that passwords cannot have, or is too long.</exception>
    public static ScramVerifier Create(
        string password, ReadOnlyMemory<byte> salt, int iterations = DefaultIterations, ScramAlgorithm algorithm = ScramAlgorithm.Sha256)
    {
        var salted = Derive(PasswordText.Prepare(password), salt.Span, iterations, algorithm);
        return new ScramVerifier(iterations, salt, StoredKey(salted, algorithm), Hmac(salted, "Server Key"u8, algorithm));
    }

    /// <summary>Checks a password in a time that does not depend on the verifier's keys.</summary>
    /// <param name="verifier">The verifier.</param>
    /// <param name="password">The octets that <see cref="PasswordText"/> has prepared.</param>
    /// <param name="algorithm">The hash function of the verifier.</param>
    public static bool Matches(ScramVerifier verifier, ReadOnlySpan<byte> password, ScramAlgorithm algorithm = ScramAlgorithm.Sha256) =>
        CryptographicOperations.FixedTimeEquals(
            StoredKey(Derive(password, verifier.Salt.Span, verifier.Iterations, algorithm), algorithm), verifier.StoredKey.Span);

    /// <summary>SaltedPassword of RFC 5802: the part that takes time.</summary>
    internal static byte[] Derive(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, int iterations, ScramAlgorithm algorithm) =>
        Rfc2898DeriveBytes.Pbkdf2(password, salt, iterations, Name(algorithm), Length(algorithm));

    /// <summary>StoredKey of RFC 5802, of a SaltedPassword.</summary>
    internal static byte[] StoredKey(ReadOnlySpan<byte> salted, ScramAlgorithm algorithm) =>
        Hash(Hmac(salted, "Client Key"u8, algorithm), algorithm);

    internal static byte[] Hash(ReadOnlySpan<byte> octets, ScramAlgorithm algorithm) =>
        CryptographicOperations.HashData(Name(algorithm), octets);

    internal static byte[] Hmac(ReadOnlySpan<byte> key, ReadOnlySpan<byte> octets, ScramAlgorithm algorithm) =>
        CryptographicOperations.HmacData(Name(algorithm), key, octets);

    internal static int Length(ScramAlgorithm algorithm) =>
        algorithm == ScramAlgorithm.Sha1 ? SHA1.HashSizeInBytes : SHA256.HashSizeInBytes;

    private static HashAlgorithmName Name(ScramAlgorithm algorithm) =>
        algorithm == ScramAlgorithm.Sha1 ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256;
}
