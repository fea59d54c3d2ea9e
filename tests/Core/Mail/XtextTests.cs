using System.Text;
using CsCheck;
using Postfleet.Core.Mail;
using Xunit;

namespace Postfleet.Core.Tests.Mail;

public sealed class XtextTests
{
    [Fact]
    public void Encoded_octets_decode_to_the_same_octets() => Gen.Byte.Array[0, 200].Sample(octets =>
    {
        var text = Xtext.Encode(octets);
        Assert.All(text, c => Assert.InRange(c, '!', '~'));
        Assert.DoesNotContain('=', text);
        var decoded = new byte[text.Length];
        Assert.Equal(octets, decoded[..Xtext.Decode(Encoding.ASCII.GetBytes(text), decoded)]);
    });

    [Fact]
    public void Any_text_is_refused_or_encodes_to_the_same_octets_again() => Gen.OneOf(
        Gen.Byte.Array[0, 60],
        Gen.OneOf("+", "2B", "41", "3d", "=", "a", "~", " ", "+0", "G").Array[0, 20]
            .Select(pieces => Encoding.ASCII.GetBytes(string.Concat(pieces)))).Sample(text =>
    {
        var octets = new byte[text.Length];
        var length = Xtext.Decode(text, octets);
        if (length < 0) return;
        var again = new byte[3 * text.Length];
        Assert.Equal(length, Xtext.Decode(Encoding.ASCII.GetBytes(Xtext.Encode(octets.AsSpan(0, length))), again));
        Assert.Equal(octets[..length], again[..length]);
    });

    [Theory]
    [InlineData("a+2Bb+40example.org", "a+b@example.org")]
    [InlineData("+3D+20", "= ")]
    [InlineData("a+3d+2Bb", "a=+b")]
    [InlineData("a=b", "a=b")]
    [InlineData("", "")]
    public void Hexadecimal_stands_for_octets(string text, string expected) => Assert.Equal(expected, Xtext.Decode(text));

    [Theory]
    [InlineData("+")]
    [InlineData("+2")]
    [InlineData("+GG")]
    [InlineData("a b")]
    [InlineData("\x7f")]
    [InlineData("ü")]
    public void Text_without_valid_xtext_is_refused_and_returned_unchanged(string text)
    {
        Assert.Equal(-1, Xtext.Decode(Encoding.UTF8.GetBytes(text), new byte[10]));
        Assert.Equal(text, Xtext.Decode(text));
    }
}
