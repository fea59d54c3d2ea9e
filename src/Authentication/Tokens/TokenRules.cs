namespace Postfleet.Authentication.Tokens;

/// <summary>What a token must say to stand for a user. Immutable.</summary>
/// <param name="Issuer">The issuer (<c>iss</c>), compared octet by octet.</param>
/// <param name="Audience">The audience; one of <c>aud</c> must be equal to it.</param>
public sealed record TokenRules(string Issuer, string Audience)
{
    /// <summary>The claim with the name of the user.</summary>
    public string NameClaim { get; init; } = "email";

    /// <summary>The scopes that the token must have, all of them (<c>scope</c> or <c>scp</c>). Empty for none.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = [];

    /// <summary>By how much the clocks of issuer and server may differ.</summary>
    public TimeSpan ClockSkew { get; init; } = TimeSpan.FromMinutes(1);
}
