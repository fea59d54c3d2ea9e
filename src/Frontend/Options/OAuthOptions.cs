namespace Postfleet.Frontend.Options;

/// <summary>Section <c>Auth:OAuth</c>: the tokens of OAUTHBEARER (RFC 7628) and XOAUTH2, which are JSON Web Tokens (RFC 7519).</summary>
public sealed record OAuthOptions
{
    /// <summary>The issuer, as in the claim <c>iss</c>; empty for no tokens.</summary>
    public string Issuer { get; init; } = "";

    /// <summary>The audience, as in the claim <c>aud</c>.</summary>
    public string Audience { get; init; } = "";

    /// <summary>A file with the issuer's keys (JWK set); empty for OpenID Connect discovery.</summary>
    public string KeyFile { get; init; } = "";

    /// <summary>The claim with the name of the user.</summary>
    public string NameClaim { get; init; } = "email";

    /// <summary>The scopes that a token must have.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = [];

    /// <summary>How much the clocks of issuer and node may differ.</summary>
    public TimeSpan ClockSkew { get; init; } = TimeSpan.FromMinutes(1);
}
