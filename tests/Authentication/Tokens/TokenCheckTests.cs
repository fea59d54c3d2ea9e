using CsCheck;
using Postfleet.Authentication.Tests.Fixtures;
using Postfleet.Authentication.Tokens;
using Xunit;

namespace Postfleet.Authentication.Tests.Tokens;

public sealed class TokenCheckTests
{
    // Far from the clock of the machine, so that a check by this clock would be seen.
    private static readonly DateTimeOffset Now = new(2031, 5, 6, 7, 8, 9, TimeSpan.Zero);

    private readonly TokenIssuer _issuer = TokenIssuer.Shared;

    [Theory]
    [InlineData("RS256")]
    [InlineData("RS384")]
    [InlineData("RS512")]
    [InlineData("PS256")]
    [InlineData("PS384")]
    [InlineData("PS512")]
    [InlineData("ES256")]
    [InlineData("ES384")]
    public void Valid_tokens_name_the_user(string algorithm)
    {
        foreach (var now in (DateTimeOffset[])[Now, new(2001, 1, 1, 0, 0, 0, TimeSpan.Zero)])
        {
            var token = _issuer.Sign(algorithm, TokenIssuer.Claims(now));
            Assert.Equal(
                new TokenResult("tim@example.org", TokenFault.None), TokenCheck.Validate(token, TokenIssuer.Rules, _issuer.Keys, now));
        }
    }

    [Theory]
    [InlineData("none", """{"alg":"none"}""")]
    [InlineData("none", """{"alg":"None","kid":"rsa"}""")]
    [InlineData("none", """{"kid":"rsa"}""")]
    [InlineData("HS256", """{"alg":"HS256","kid":"rsa"}""")]
    [InlineData("HS256", """{"alg":"HS256"}""")]
    [InlineData("ES256", """{"alg":"ES512","kid":"p256"}""")]
    [InlineData("RS256", """{"alg":"rs256","kid":"rsa"}""")]
    public void Other_algorithms_are_refused(string algorithm, string header) =>
        Assert.Equal(TokenFault.Algorithm, Fault(_issuer.Sign(algorithm, TokenIssuer.Claims(Now), header)));

    [Theory]
    [InlineData("RS256", """{"alg":"RS256","kid":"p256"}""", TokenFault.UnknownKey)]
    [InlineData("ES256", """{"alg":"ES384","kid":"p256"}""", TokenFault.UnknownKey)]
    [InlineData("RS256", """{"alg":"RS256","kid":"new"}""", TokenFault.UnknownKey)]
    [InlineData("RS256", """{"alg":"PS256","kid":"rsa"}""", TokenFault.Signature)]
    [InlineData("RS256", """{"alg":"RS384","kid":"rsa"}""", TokenFault.Signature)]
    [InlineData("RS256", """{"alg":"RS256"}""", TokenFault.None)]
    [InlineData("RS256", """{"alg":"RS256","kid":"rsa","crit":["b64"],"b64":false}""", TokenFault.Malformed)]
    [InlineData("RS256", """{"alg":"RS256","kid":"rsa","jku":"https://evil.example/keys","x5u":"https://evil.example"}""", TokenFault.None)]
    [InlineData("RS256", "[]", TokenFault.Malformed)]
    [InlineData("RS256", "{", TokenFault.Malformed)]
    public void Headers(string algorithm, string header, TokenFault fault) =>
        Assert.Equal(fault, Fault(_issuer.Sign(algorithm, TokenIssuer.Claims(Now), header)));

    [Fact]
    public void Key_in_the_header_is_not_taken()
    {
        using var other = new TokenIssuer();
        var header = $$"""{"alg":"RS256","jwk":{{other.RsaKey()}}}""";
        Assert.Equal(TokenFault.Signature, Fault(other.Sign("RS256", TokenIssuer.Claims(Now), header)));
    }

    [Theory]
    [InlineData("\"exp\":{0}", 0, TokenFault.Lifetime)]
    [InlineData("\"exp\":{0}", -59, TokenFault.None)]
    [InlineData("\"exp\":{0}", -60, TokenFault.Lifetime)]
    [InlineData("\"exp\":{0}.5", -60, TokenFault.None)]
    [InlineData("\"exp\":\"{0}\"", 300, TokenFault.Lifetime)]
    [InlineData("\"exp\":1e99", 0, TokenFault.Malformed)]
    [InlineData("\"exp\":-1", 0, TokenFault.Lifetime)]
    [InlineData("\"exp\":null", 0, TokenFault.Malformed)]
    [InlineData("\"x\":1", 0, TokenFault.Lifetime)]
    [InlineData("\"exp\":99999999999,\"nbf\":{0}", 60, TokenFault.None)]
    [InlineData("\"exp\":99999999999,\"nbf\":{0}", 61, TokenFault.Lifetime)]
    [InlineData("\"exp\":99999999999,\"iat\":{0}", 60, TokenFault.None)]
    [InlineData("\"exp\":99999999999,\"iat\":{0}", 61, TokenFault.Lifetime)]
    [InlineData("\"exp\":99999999999,\"iat\":\"now\"", 0, TokenFault.Malformed)]
    public void Lifetimes(string claim, int seconds, TokenFault fault)
    {
        // The first row has an offset that is past the clock skew.
        if (seconds == 0) seconds = -3600;
        var claims = claim.Replace("{0}", $"{Now.ToUnixTimeSeconds() + seconds}", StringComparison.Ordinal);
        Assert.Equal(fault, Fault(_issuer.Sign(
            "ES256", $$"""{"iss":"{{TokenIssuer.Issuer}}","aud":"{{TokenIssuer.Audience}}","email":"tim@example.org",{{claims}}}""")));
    }

    [Theory]
    [InlineData("https://id.example.org/realm", "\"postfleet\"", TokenFault.None)]
    [InlineData("https://id.example.org/realm", "[\"other\",\"postfleet\"]", TokenFault.None)]
    [InlineData("https://id.example.org/realm", "[\"other\"]", TokenFault.Audience)]
    [InlineData("https://id.example.org/realm", "\"postfleet/\"", TokenFault.Audience)]
    [InlineData("https://id.example.org/realm", "\"Postfleet\"", TokenFault.Audience)]
    [InlineData("https://id.example.org/realm", "[]", TokenFault.Audience)]
    [InlineData("https://id.example.org/realm", "5", TokenFault.Malformed)]
    [InlineData("https://id.example.org/realm/", "\"postfleet\"", TokenFault.Issuer)]
    [InlineData("https://ID.example.org/realm", "\"postfleet\"", TokenFault.Issuer)]
    [InlineData("", "\"postfleet\"", TokenFault.Issuer)]
    public void Issuer_and_audience(string issuer, string audience, TokenFault fault) => Assert.Equal(fault, Fault(_issuer.Sign(
        "ES256", $$"""{"iss":"{{issuer}}","aud":{{audience}},"email":"tim@example.org","exp":{{Now.ToUnixTimeSeconds() + 9}}}""")));

    [Theory]
    [InlineData("", TokenFault.Scope)]
    [InlineData(""","scope":"openid mail" """, TokenFault.None)]
    [InlineData(""","scope":"openid mail.read" """, TokenFault.Scope)]
    [InlineData(""","scp":"mail" """, TokenFault.None)]
    [InlineData(""","scp":["openid","mail"]""", TokenFault.None)]
    [InlineData(""","scp":[["mail"],5,null]""", TokenFault.Scope)]
    [InlineData(""","scope":7""", TokenFault.Scope)]
    public void Scopes(string more, TokenFault fault) => Assert.Equal(
        fault, Fault(_issuer.Sign("ES256", TokenIssuer.Claims(Now, more)), TokenIssuer.Rules with { Scopes = ["mail"] }));

    [Theory]
    [InlineData("email", ""","email_verified":false""", null)]
    [InlineData("email", ""","email_verified":"no" """, null)]
    [InlineData("email", ""","email_verified":true""", "tim@example.org")]
    [InlineData("upn", ""","upn":"TIM" """, "tim")]
    [InlineData("upn", ""","upn":"tim/phone" """, null)]
    [InlineData("upn", ""","upn":"ti m" """, null)]
    [InlineData("upn", ""","upn":["tim"]""", null)]
    [InlineData("upn", ""","upn":"" """, null)]
    [InlineData("upn", "", null)]
    public void Names(string claim, string more, string? name) => Assert.Equal(
        new TokenResult(name, name is null ? TokenFault.Name : TokenFault.None),
        TokenCheck.Validate(
            _issuer.Sign("ES256", TokenIssuer.Claims(Now, more)), TokenIssuer.Rules with { NameClaim = claim }, _issuer.Keys, Now));

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a.b")]
    [InlineData("e30.e30.")]
    [InlineData("a.b.c.d.e")]
    [InlineData("a b.c.d")]
    public void Malformed_tokens(string token) => Assert.Contains(Fault(token), (TokenFault[])[TokenFault.Malformed, TokenFault.Algorithm]);

    [Fact]
    public void Token_above_the_limit_is_not_read()
    {
        var token = _issuer.Sign("ES256", TokenIssuer.Claims(Now, $""","x":"{new string('x', TokenCheck.MaxLength)}" """));
        Assert.Equal(TokenFault.Malformed, Fault(token));
    }

    [Fact]
    public void Changed_tokens_are_refused()
    {
        var token = _issuer.Sign("RS256", TokenIssuer.Claims(Now));
        const string Letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
        // Not the last letter, of which two bits alone count.
        Gen.Select(Gen.Int[0, token.Length - 2], Gen.Int[0, Letters.Length - 1]).Sample((place, letter) =>
        {
            if (token[place] == Letters[letter]) return;
            Assert.NotEqual(TokenFault.None, Fault(token[..place] + Letters[letter] + token[(place + 1)..]));
        }, iter: 500);
    }

    [Fact]
    public void Token_of_another_issuer_with_the_same_key_identifier_is_refused()
    {
        using var other = new TokenIssuer();
        foreach (var algorithm in (string[])["RS256", "PS256", "ES256", "ES384"])
            Assert.Equal(TokenFault.Signature, Fault(other.Sign(algorithm, TokenIssuer.Claims(Now))));
    }

    [Fact]
    public void Result_and_rules_show_no_token()
    {
        var token = _issuer.Sign("ES256", TokenIssuer.Claims(Now));
        Assert.DoesNotContain(token, TokenCheck.Validate(token, TokenIssuer.Rules, _issuer.Keys, Now).ToString(), StringComparison.Ordinal);
    }

    private TokenFault Fault(string token, TokenRules? rules = null) =>
        TokenCheck.Validate(token, rules ?? TokenIssuer.Rules, _issuer.Keys, Now).Fault;
}
