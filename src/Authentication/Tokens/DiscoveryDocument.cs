using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Postfleet.Authentication.Tokens;

/// <summary>The parts of an OpenID discovery document that the check of tokens needs. Immutable.</summary>
/// <param name="Issuer">The issuer.</param>
/// <param name="KeysUri">Where the keys are (<c>jwks_uri</c>): https, or http on a loopback address.</param>
public sealed record DiscoveryDocument(string Issuer, Uri KeysUri)
{
    /// <summary>The most octets of a document.</summary>
    public const int MaxLength = 64 * 1024;

    /// <summary>Reads a document.</summary>
    /// <param name="json">The document in JSON.</param>
    /// <param name="issuer">The issuer that the document must be of (OpenID Connect Discovery section 4.3).</param>
    /// <param name="document">The document; null if it is not valid.</param>
    /// <param name="error">What is wrong, for the log; null if nothing is.</param>
    public static bool TryParse(
        ReadOnlyMemory<byte> json,
        string issuer,
        [NotNullWhen(true)] out DiscoveryDocument? document,
        [NotNullWhen(false)] out string? error)
    {
        document = null;
        error = Read(json, issuer, out var keys);
        if (error is null) document = new DiscoveryDocument(issuer, keys!);
        return document is not null;
    }

    /// <summary>Where the document of an issuer is (OpenID Connect Discovery section 4).</summary>
    public static Uri PlaceOf(string issuer) => new($"{issuer.TrimEnd('/')}/.well-known/openid-configuration");

    /// <summary>Whether keys and documents may be fetched from a URL: by https, or by http on a loopback address.</summary>
    public static bool IsTrustworthy(Uri uri) => uri is { IsAbsoluteUri: true, UserInfo: "" }
        && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback));

    private static string? Read(ReadOnlyMemory<byte> json, string issuer, out Uri? keys)
    {
        keys = null;
        if (json.Length > MaxLength) return $"the discovery document is longer than {MaxLength} octets";
        try
        {
            using var parsed = JsonDocument.Parse(json);
            var root = parsed.RootElement;
            if (root.ValueKind != JsonValueKind.Object) return "the discovery document is no JSON object";
            if (Text(root, "issuer") != issuer) return $"the discovery document is not of the issuer {issuer}";
            if (!Uri.TryCreate(Text(root, "jwks_uri"), UriKind.Absolute, out keys)) return "the discovery document has no jwks_uri";
            return IsTrustworthy(keys) ? null : "the jwks_uri of the discovery document is neither https nor a loopback address";
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return "the discovery document is no JSON";
        }
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
