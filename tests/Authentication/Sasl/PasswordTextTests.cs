using System.Text;
using CsCheck;
using Postfleet.Authentication.Sasl;
using Postfleet.Authentication.Tests.Fixtures;
using Xunit;

namespace Postfleet.Authentication.Tests.Sasl;

public sealed class PasswordTextTests
{
    /// <summary>The first six are the examples of RFC 8265 section 4.3.</summary>
    [Theory]
    [InlineData("correct horse battery staple", "correct horse battery staple")]
    [InlineData("Correct Horse Battery Staple", "Correct Horse Battery Staple")]
    [InlineData("\u03c0\u00df\u00e5", "\u03c0\u00df\u00e5")]
    [InlineData("Jack of \u2666s", "Jack of \u2666s")]
    [InlineData("foo\u1680bar", "foo bar")]
    [InlineData("my cat is a \u0009by", null)]
    [InlineData("", null)]
    [InlineData("e\u0301", "\u00e9")]
    [InlineData("\ufb01", "\ufb01")]
    [InlineData("a\u00a0b\u3000", "a b ")]
    [InlineData("\U0001f468\u200d\U0001f469", "\U0001f468\u200d\U0001f469")]
    [InlineData("a\u2028b", null)]
    [InlineData("a\u00adb", null)]
    [InlineData("a\ue000b", null)]
    [InlineData("a\ufffeb", null)]
    [InlineData("a\u007fb", null)]
    public void Texts(string text, string? prepared)
    {
        Assert.Equal(prepared is not null, PasswordText.TryPrepare(text, out var octets));
        Assert.Equal(prepared, octets is null ? null : Encoding.UTF8.GetString(octets));
        Assert.Equal(prepared is not null, PasswordText.TryPrepare(Encoding.UTF8.GetBytes(text), out var same));
        Assert.Equal(octets, same);
    }

    [Fact]
    public void Half_of_a_character_is_refused() => Assert.False(PasswordText.TryPrepare("a\ud800b", out _));

    [Fact]
    public void Octets_that_are_no_UTF8_are_refused()
    {
        foreach (var octets in (byte[][])[[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xc3]])
            Assert.False(PasswordText.TryPrepare(octets, out _));
    }

    [Fact]
    public void Length_is_bounded()
    {
        Assert.True(PasswordText.TryPrepare(new string('a', PasswordText.MaxLength), out _));
        Assert.False(PasswordText.TryPrepare(new string('a', PasswordText.MaxLength + 1), out _));
        Assert.False(PasswordText.TryPrepare(new string('\u00e4', PasswordText.MaxLength), out _));
    }

    [Fact]
    public void Preparation_is_idempotent_and_never_throws() => Gen.String.Sample(text =>
    {
        if (!PasswordText.TryPrepare(text, out var once)) return;
        Assert.True(PasswordText.TryPrepare(once, out var twice));
        Assert.Equal(once, twice);
    });

    [Fact]
    public void Verifier_is_of_the_prepared_password()
    {
        var composed = Accounts.User("tim", "caf\u00e9");
        Assert.Equal(SaslStepKind.Succeeded, Driver.Begin("PLAIN", composed).Send("\0tim\0cafe\u0301").Kind);
        Assert.True(ScramHash.Matches(composed.Scram256!, Encoding.UTF8.GetBytes("caf\u00e9")));
        Assert.False(ScramHash.Matches(composed.Scram256!, "cafe"u8));
        Assert.Throws<ArgumentException>(() => Accounts.User("tim", "caf\u0007"));
    }
}
