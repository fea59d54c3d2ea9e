using System.Text;
using Postfleet.Authentication.Tests.Fixtures;
using Postfleet.Authentication.Tokens;
using Xunit;

namespace Postfleet.Authentication.Tests.Tokens;

public sealed class TokenKeysTests
{
    private readonly TokenIssuer _issuer = TokenIssuer.Shared;

    [Fact]
    public void Keys_that_cannot_check_a_signature_are_passed_over()
    {
        var short1 = TokenIssuer.Text(new byte[128].Select(_ => (byte)0xff).ToArray());
        string[] others =
        [
            "5", "{}", """{"kty":"oct","k":"AAAA"}""", """{"kty":"OKP","crv":"Ed25519","x":"AAAA"}""",
            $$"""{"kty":"RSA","n":"{{short1}}","e":"AQAB"}""", """{"kty":"RSA","n":"!","e":"AQAB"}""",
            """{"kty":"EC","crv":"P-256","x":"AAAA","y":"AAAA"}""", """{"kty":"EC","crv":"secp256k1","x":"AAAA","y":"AAAA"}""",
            _issuer.RsaKey(""","use":"enc" """),
        ];
        Assert.True(Parse($$"""{"keys":[{{string.Join(',', others)}},{{_issuer.RsaKey()}}]}""", out var keys, out _));
        Assert.Equal(1, keys!.Count);
        Assert.False(Parse($$"""{"keys":[{{string.Join(',', others)}}]}""", out _, out var error));
        Assert.Contains("no key", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Key_for_one_algorithm_checks_no_other()
    {
        Assert.True(Parse($$"""{"keys":[{{_issuer.RsaKey(""","alg":"PS256" """)}}]}""", out var keys, out _));
        var now = Accounts.Now;
        Assert.Equal(
            TokenFault.None, TokenCheck.Validate(_issuer.Sign("PS256", TokenIssuer.Claims(now)), TokenIssuer.Rules, keys!, now).Fault);
        Assert.Equal(
            TokenFault.UnknownKey,
            TokenCheck.Validate(_issuer.Sign("RS256", TokenIssuer.Claims(now)), TokenIssuer.Rules, keys!, now).Fault);
    }

    [Fact]
    public void Point_off_the_curve_checks_no_signature()
    {
        var point = TokenIssuer.Text(Enumerable.Repeat((byte)7, 32).ToArray());
        Assert.True(Parse($$"""{"keys":[{"kty":"EC","kid":"p256","crv":"P-256","x":"{{point}}","y":"{{point}}"}]}""", out var keys, out _));
        var fault = TokenCheck.Validate(
            _issuer.Sign("ES256", TokenIssuer.Claims(Accounts.Now)), TokenIssuer.Rules, keys!, Accounts.Now).Fault;
        Assert.NotEqual(TokenFault.None, fault);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"keys\":{}}")]
    [InlineData("{\"keys\":[]}")]
    [InlineData("{\"keys\":[")]
    public void Malformed_sets_are_refused(string json)
    {
        Assert.False(Parse(json, out var keys, out var error));
        Assert.Null(keys);
        Assert.NotEmpty(error!);
    }

    [Fact]
    public void Sets_are_bounded()
    {
        var keys = string.Join(',', Enumerable.Repeat(_issuer.RsaKey(), TokenKeys.MaxKeys + 1));
        Assert.False(Parse($$"""{"keys":[{{keys}}]}""", out _, out var error));
        Assert.Contains("more than 50 keys", error, StringComparison.Ordinal);
        Assert.False(Parse(new string(' ', TokenKeys.MaxLength) + _issuer.KeySet, out _, out error));
        Assert.Contains("longer", error, StringComparison.Ordinal);
    }

    private static bool Parse(string json, out TokenKeys? keys, out string? error) =>
        TokenKeys.TryParse(Encoding.UTF8.GetBytes(json), out keys, out error);
}
