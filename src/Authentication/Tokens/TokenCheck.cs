using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Postfleet.Authentication.Tokens;

/// <summary>
/// Checks tokens of OAUTHBEARER and XOAUTH2: signed JWTs (RFC 7519, with the advice of RFC 8725). Pure: keys and time are arguments. The
/// library checks algorithm, signature, issuer and audience. It reads the system clock for the lifetime, which is checked here instead, and
/// for X.509 keys, which are not used.
/// </summary>
public static class TokenCheck
{
    /// <summary>The most characters of a token; longer ones are refused before anything is read.</summary>
    public const int MaxLength = 8 * 1024;

    // Neither "none" nor a MAC: its key would be the public key.
    private static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384,
    ];

    private static readonly SearchValues<char> TokenLetters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    private static readonly JsonWebTokenHandler Handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = MaxLength };

    // The cache of the default factory has a task of its own.
    private static readonly CryptoProviderFactory Crypto = new() { CacheSignatureProviders = false };

    /// <summary>Checks a token.</summary>
    /// <param name="token">The token.</param>
    /// <param name="rules">What the token must say.</param>
    /// <param name="keys">The keys of the issuer.</param>
    /// <param name="now">The time.</param>
    public static TokenResult Validate(string token, TokenRules rules, TokenKeys keys, DateTimeOffset now)
    {
        // Two dots: a signed token. An encrypted one has four.
        if (token.Length > MaxLength || token.AsSpan().ContainsAnyExcept(TokenLetters) || token.AsSpan().Count('.') != 2)
            return Refuse(TokenFault.Malformed);
        try
        {
            return Validate(new JsonWebToken(token), rules, keys, now);
        }
        catch (Exception e) when (
            e is ArgumentException or SecurityTokenException or JsonException or FormatException or InvalidCastException
            or OverflowException or InvalidOperationException or CryptographicException)
        {
            // The library throws where it meets what it does not expect.
            return Refuse(TokenFault.Malformed);
        }
    }

    private static TokenResult Validate(JsonWebToken token, TokenRules rules, TokenKeys keys, DateTimeOffset now)
    {
        if (!Algorithms.Contains(token.Alg)) return Refuse(TokenFault.Algorithm);
        // Extensions that must be understood (RFC 7515 section 4.1.11); none is.
        if (token.TryGetHeaderValue<object>("crit", out _)) return Refuse(TokenFault.Malformed);
        var candidates = keys.Find(token.Kid ?? "", token.Alg);
        if (candidates.Count == 0) return Refuse(TokenFault.UnknownKey);
        var task = Handler.ValidateTokenAsync(token, Parameters(rules, candidates));
        // With given keys the library has nothing to wait for.
        if (!task.IsCompletedSuccessfully) return Refuse(TokenFault.UnknownKey);
        var result = task.Result;
        if (!result.IsValid) return Refuse(FaultOf(result.Exception));
        using var payload = JsonDocument.Parse(Base64UrlEncoder.DecodeBytes(token.EncodedPayload));
        var claims = payload.RootElement;
        if (!TokenClaims.IsWithinLifetime(claims, rules.ClockSkew, now)) return Refuse(TokenFault.Lifetime);
        if (!TokenClaims.HasScopes(claims, rules.Scopes)) return Refuse(TokenFault.Scope);
        return TokenClaims.UserOf(claims, rules.NameClaim) is { } name ? new TokenResult(name, TokenFault.None) : Refuse(TokenFault.Name);
    }

    private static TokenValidationParameters Parameters(TokenRules rules, List<SecurityKey> keys) => new()
    {
        ValidIssuer = rules.Issuer,
        ValidAudience = rules.Audience,
        IgnoreTrailingSlashWhenValidatingAudience = false,
        ValidAlgorithms = Algorithms,
        IssuerSigningKeys = keys,
        TryAllIssuerSigningKeys = true,
        RequireSignedTokens = true,
        CryptoProviderFactory = Crypto,
        // By the clock of the system; TokenClaims checks it by the given time.
        ValidateLifetime = false,
    };

    private static TokenFault FaultOf(Exception? exception) => exception switch
    {
        SecurityTokenInvalidIssuerException => TokenFault.Issuer,
        SecurityTokenInvalidAudienceException => TokenFault.Audience,
        SecurityTokenInvalidAlgorithmException => TokenFault.Algorithm,
        SecurityTokenSignatureKeyNotFoundException or SecurityTokenInvalidSignatureException => TokenFault.Signature,
        _ => TokenFault.Malformed,
    };

    private static TokenResult Refuse(TokenFault fault) => new(null, fault);
}
