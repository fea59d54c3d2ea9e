using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace Postfleet.Authentication.Tokens;

/// <summary>The public keys of an issuer, read from a JWK set (RFC 7517). Immutable, so all sessions may share it.</summary>
public sealed class TokenKeys
{
    /// <summary>The most octets of a JWK set.</summary>
    public const int MaxLength = 256 * 1024;

    /// <summary>The most keys of a JWK set.</summary>
    public const int MaxKeys = 50;

    // RFC 7518 section 3.3 wants 2,048 bits. The upper bound limits the work for a token.
    private const int MinRsaOctets = 2048 / 8;
    private const int MaxRsaOctets = 8192 / 8;
    private const int MaxExponentOctets = 8;

    private readonly List<TokenKey> _keys;

    private TokenKeys(List<TokenKey> keys) => _keys = keys;

    /// <summary>The number of keys that can check a signature.</summary>
    public int Count => _keys.Count;

    /// <summary>
    /// Reads a JWK set. Keys for encryption, and keys of other kinds than RSA (2,048 to 8,192 bits) and the curves P-256 and P-384, are
    /// passed over. A private part of a key is not kept.
    /// </summary>
    /// <param name="json">The JWK set in JSON.</param>
    /// <param name="keys">The keys; null if the set is malformed, too large, or has no key that can be used.</param>
    /// <param name="error">What is wrong, for the log; null if nothing is.</param>
    public static bool TryParse(
        ReadOnlyMemory<byte> json, [NotNullWhen(true)] out TokenKeys? keys, [NotNullWhen(false)] out string? error)
    {
        var found = new List<TokenKey>();
        error = Read(json, found);
        keys = error is null ? new TokenKeys(found) : null;
        return keys is not null;
    }

    /// <summary>The keys that a token can be signed with.</summary>
    /// <param name="id">The identifier of the key (<c>kid</c>); empty for none: then all keys of the algorithm.</param>
    /// <param name="algorithm">The algorithm.</param>
    internal List<SecurityKey> Find(string id, string algorithm) =>
        [.. _keys.Where(key => (id.Length == 0 || key.Key.KeyId == id) && key.Fits(algorithm)).Select(key => key.Key)];

    private static string? Read(ReadOnlyMemory<byte> json, List<TokenKey> found)
    {
        if (json.Length > MaxLength) return $"the JWK set is longer than {MaxLength} octets";
        try
        {
            using var parsed = JsonDocument.Parse(json);
            if (parsed.RootElement.ValueKind != JsonValueKind.Object || !parsed.RootElement.TryGetProperty("keys", out var list)
                || list.ValueKind != JsonValueKind.Array)
                return "the JWK set has no list of keys";
            if (list.GetArrayLength() > MaxKeys) return $"the JWK set has more than {MaxKeys} keys";
            foreach (var element in list.EnumerateArray())
            {
                if (element.ValueKind == JsonValueKind.Object && ReadKey(element) is { } key) found.Add(key);
            }

            return found.Count == 0 ? "the JWK set has no key that can check a signature" : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return "the JWK set is no JSON";
        }
    }

    private static TokenKey? ReadKey(JsonElement element)
    {
        if (Text(element, "use") is { Length: > 0 } use && use != "sig") return null;
        var (id, algorithm) = (Text(element, "kid"), Text(element, "alg"));
        switch (Text(element, "kty"))
        {
            case "RSA":
                var (n, e) = (Text(element, "n"), Text(element, "e"));
                if (Decode(n) is not { Length: >= MinRsaOctets and <= MaxRsaOctets }
                    || Decode(e) is not { Length: > 0 and <= MaxExponentOctets })
                    return null;
                return new TokenKey(new JsonWebKey { Kty = "RSA", N = n, E = e, Kid = id, KeyId = id }, algorithm);
            case "EC":
                var (curve, x, y) = (Text(element, "crv"), Text(element, "x"), Text(element, "y"));
                var length = curve switch { "P-256" => 32, "P-384" => 48, _ => 0 };
                if (length == 0 || Decode(x)?.Length != length || Decode(y)?.Length != length) return null;
                return new TokenKey(new JsonWebKey { Kty = "EC", Crv = curve, X = x, Y = y, Kid = id, KeyId = id }, algorithm);
            default:
                return null;
        }
    }

    private static byte[]? Decode(string text)
    {
        try
        {
            return Base64UrlEncoder.DecodeBytes(text);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static string Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}

/// <summary>A public key.</summary>
/// <param name="Key">The key.</param>
/// <param name="Algorithm">The algorithm that the key is for; empty for any that fits.</param>
internal sealed record TokenKey(JsonWebKey Key, string Algorithm)
{
    public bool Fits(string algorithm) => (Algorithm.Length == 0 || Algorithm == algorithm) && algorithm switch
    {
        SecurityAlgorithms.EcdsaSha256 => Key.Crv == "P-256",
        SecurityAlgorithms.EcdsaSha384 => Key.Crv == "P-384",
        _ => Key.Kty == "RSA",
    };
}
