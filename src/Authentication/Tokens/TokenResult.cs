namespace Postfleet.Authentication.Tokens;

/// <summary>Why a token is refused; for the log and for metrics. A client is not told.</summary>
public enum TokenFault
{
    /// <summary>The token is valid.</summary>
    None,

    /// <summary>The token is not a signed JWT, or too long.</summary>
    Malformed,

    /// <summary>The token is signed by an algorithm that is not accepted.</summary>
    Algorithm,

    /// <summary>
    /// No key of the issuer has the identifier that the token names. The keys may have changed: the driver may fetch them again.
    /// </summary>
    UnknownKey,

    /// <summary>The signature is wrong.</summary>
    Signature,

    /// <summary>The issuer is another one.</summary>
    Issuer,

    /// <summary>The token is for another audience.</summary>
    Audience,

    /// <summary>The token has expired, is not valid yet, or names no end.</summary>
    Lifetime,

    /// <summary>The token lacks a scope.</summary>
    Scope,

    /// <summary>The token names no user, or a name that is not valid.</summary>
    Name,
}

/// <summary>The result of a check of a token.</summary>
/// <param name="Name">The normalised name of the user; null if the token is refused.</param>
/// <param name="Fault">Why the token is refused.</param>
public readonly record struct TokenResult(string? Name, TokenFault Fault);
