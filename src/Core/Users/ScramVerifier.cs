using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Postfleet.Core.Users;

/// <summary>
/// What the server keeps of a password: the verifier of SCRAM (RFC 5802 section 3, RFC 7677). It checks a password and does not show it.
/// Immutable.
/// </summary>
/// <param name="Iterations">The rounds of PBKDF2; <see cref="MinIterations"/> to <see cref="MaxIterations"/>.</param>
/// <param name="Salt">The salt; 8 to 64 octets.</param>
/// <param name="StoredKey">StoredKey of RFC 5802; as long as the hash, 20 octets for SHA-1 and 32 for SHA-256.</param>
/// <param name="ServerKey">ServerKey of RFC 5802; as long as the hash.</param>
public sealed record ScramVerifier(
    int Iterations, ReadOnlyMemory<byte> Salt, ReadOnlyMemory<byte> StoredKey, ReadOnlyMemory<byte> ServerKey)
{
    /// <summary>The fewest rounds (RFC 5802 section 5.1).</summary>
    public const int MinIterations = 4096;

    /// <summary>The most rounds: a check of a password then takes about 100 ms of a core.</summary>
    public const int MaxIterations = 400_000;

    private const int MinSalt = 8;
    private const int MaxSalt = 64;

    // The longest text: numbers and three values in Base64 with their separators.
    private const int MaxText = 512;

    /// <summary>
    /// Reads the text form: iterations, salt, StoredKey and ServerKey, the last three in Base64, with commas between them.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="hashLength">The length of the keys in octets: 20 for SHA-1, 32 for SHA-256.</param>
    /// <param name="verifier">The verifier; null if the text is not valid.</param>
    public static bool TryParse(string? text, int hashLength, [NotNullWhen(true)] out ScramVerifier? verifier)
    {
        verifier = null;
        if (text is null || text.Length > MaxText || text.Split(',') is not [var rounds, var salt, var stored, var server]) return false;
        if (!int.TryParse(rounds, NumberStyles.None, CultureInfo.InvariantCulture, out var iterations)
            || iterations is < MinIterations or > MaxIterations)
            return false;
        if (Decode(salt) is not { Length: >= MinSalt and <= MaxSalt } saltOctets) return false;
        if (Decode(stored) is not { } storedKey || storedKey.Length != hashLength) return false;
        if (Decode(server) is not { } serverKey || serverKey.Length != hashLength) return false;
        verifier = new ScramVerifier(iterations, saltOctets, storedKey, serverKey);
        return true;
    }

    /// <summary>The text form. It is a secret: with it, passwords can be guessed without the server.</summary>
    public string ToText() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Iterations},{Text(Salt)},{Text(StoredKey)},{Text(ServerKey)}");

    /// <summary>Names no secret, so that a log line cannot show one.</summary>
    public override string ToString() => $"SCRAM verifier, {Iterations} iterations";

    /// <inheritdoc/>
    public bool Equals(ScramVerifier? other) => other is not null && Iterations == other.Iterations
        && Salt.Span.SequenceEqual(other.Salt.Span)
        && StoredKey.Span.SequenceEqual(other.StoredKey.Span) && ServerKey.Span.SequenceEqual(other.ServerKey.Span);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Iterations);
        hash.AddBytes(Salt.Span);
        return hash.ToHashCode();
    }

    private static string Text(ReadOnlyMemory<byte> octets) => Convert.ToBase64String(octets.Span);

    private static byte[]? Decode(string text)
    {
        var octets = new byte[text.Length];
        return Convert.TryFromBase64String(text, octets, out var length) ? octets[..length] : null;
    }
}
