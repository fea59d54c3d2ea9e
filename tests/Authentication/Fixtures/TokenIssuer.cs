using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Postfleet.Authentication.Tokens;

namespace Postfleet.Authentication.Tests.Fixtures;

/// <summary>An identity provider: it signs tokens with the platform's cryptography, without the library that checks them.</summary>
internal sealed class TokenIssuer : IDisposable
{
    public const string Issuer = "https://id.example.org/realm";
    public const string Audience = "postfleet";

    private static readonly Lazy<TokenIssuer> Only = new(() => new TokenIssuer());

    private readonly RSA _rsa = RSA.Create(2048);
    private readonly ECDsa _p256 = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _p384 = ECDsa.Create(ECCurve.NamedCurves.nistP384);

    public TokenIssuer()
    {
        Assert(TokenKeys.TryParse(Encoding.UTF8.GetBytes(KeySet), out var keys, out var error), error);
        Keys = keys!;
    }

    /// <summary>An issuer for all tests: keys take long to make.</summary>
    public static TokenIssuer Shared => Only.Value;

    public static TokenRules Rules { get; } = new(Issuer, Audience);

    public TokenKeys Keys { get; }

    /// <summary>The public keys, as a JWK set.</summary>
    public string KeySet => $$"""{"keys":[{{RsaKey()}},{{EcKey("p256", "P-256", _p256)}},{{EcKey("p384", "P-384", _p384)}}]}""";

    public string RsaKey(string more = "")
    {
        var rsa = _rsa.ExportParameters(false);
        return $$"""{"kty":"RSA","kid":"rsa","n":"{{Text(rsa.Modulus!)}}","e":"{{Text(rsa.Exponent!)}}"{{more}}}""";
    }

    /// <summary>The claims of a valid token.</summary>
    public static string Claims(DateTimeOffset now, string more = "") => $$"""
        {"iss":"{{Issuer}}","aud":"{{Audience}}","email":"Tim@example.org","exp":{{now.ToUnixTimeSeconds() + 300}}{{more}}}
        """;

    public string Sign(string algorithm, string claims, string? header = null)
    {
        var id = algorithm switch { "ES256" => "p256", "ES384" => "p384", _ => "rsa" };
        header ??= $$"""{"alg":"{{algorithm}}","typ":"at+jwt","kid":"{{id}}"}""";
        var signed = $"{Text(Encoding.UTF8.GetBytes(header))}.{Text(Encoding.UTF8.GetBytes(claims))}";
        return $"{signed}.{Text(Signature(algorithm, Encoding.UTF8.GetBytes(signed)))}";
    }

    public static string Text(ReadOnlySpan<byte> octets) => Base64Url.EncodeToString(octets);

    public void Dispose()
    {
        _rsa.Dispose();
        _p256.Dispose();
        _p384.Dispose();
    }

    private byte[] Signature(string algorithm, byte[] octets)
    {
        var hash = algorithm[2..] switch
        {
            "384" => HashAlgorithmName.SHA384,
            "512" => HashAlgorithmName.SHA512,
            _ => HashAlgorithmName.SHA256,
        };
        return algorithm[..2] switch
        {
            "RS" => _rsa.SignData(octets, hash, RSASignaturePadding.Pkcs1),
            "PS" => _rsa.SignData(octets, hash, RSASignaturePadding.Pss),
            "ES" => (algorithm == "ES256" ? _p256 : _p384).SignData(octets, hash),
            // The classic attack: a MAC whose key is the public key.
            "HS" => HMACSHA256.HashData(_rsa.ExportSubjectPublicKeyInfo(), octets),
            _ => [],
        };
    }

    private static string EcKey(string id, string curve, ECDsa key)
    {
        var point = key.ExportParameters(false).Q;
        return $$"""{"kty":"EC","kid":"{{id}}","use":"sig","crv":"{{curve}}","x":"{{Text(point.X!)}}","y":"{{Text(point.Y!)}}"}""";
    }

    private static void Assert(bool isTrue, string? message)
    {
        if (!isTrue) throw new InvalidOperationException(message);
    }
}
