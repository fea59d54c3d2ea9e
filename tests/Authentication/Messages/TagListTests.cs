using System.Text;
using CsCheck;
using Postfleet.Authentication.Messages;
using Postfleet.Authentication.Tests.Fixtures;
using Xunit;

namespace Postfleet.Authentication.Tests.Messages;

/// <summary>RFC 6376 section 3.2.</summary>
public sealed class TagListTests
{
    [Theory]
    [InlineData("a=b", "a=b")]
    [InlineData("a=b;", "a=b")]
    [InlineData("a=b; ", "a=b")]
    [InlineData(" a = b ; c\t=\td\r\n", "a=b|c=d")]
    [InlineData("a=b;\r\n\tc=d\r\n e", "a=b|c=d e")]
    [InlineData("a=b;\n c=d\n e\n", "a=b|c=d e")]
    [InlineData("a=;c=", "a=|c=")]
    [InlineData("a==b=c", "a==b=c")]
    [InlineData("a_1=b;A_1=c", "a_1=b|A_1=c")]
    [InlineData("d=b\u00fccher.example", "d=b\u00fccher.example")]
    public void Tags_are_read(string text, string tags)
    {
        Assert.True(TagList.TryParse(Encoding.UTF8.GetBytes(text), out var list, out var error), error);
        Assert.Equal(tags, string.Join('|', list.Tags.Select(tag => $"{tag.Name}={tag.Value}")));
    }

    [Theory]
    [InlineData("", "empty tag")]
    [InlineData(" \r\n", "empty tag")]
    [InlineData(";", "empty tag")]
    [InlineData("a=b;;c=d", "empty tag")]
    [InlineData("a=b;c", "tag without value")]
    [InlineData("=b", "invalid tag name")]
    [InlineData("a=b;==", "invalid tag name")]
    [InlineData("1a=b", "invalid tag name")]
    [InlineData("a b=c", "invalid tag name")]
    [InlineData("a-b=c", "invalid tag name")]
    [InlineData("a=b;a=b", "repeated tag a")]
    [InlineData("a=b\0c", "invalid character in tag a")]
    [InlineData("a=b\rc", "invalid character in tag a")]
    [InlineData("a=b\r\nc", "invalid character in tag a")]
    [InlineData("a=b\u007fc", "invalid character in tag a")]
    [InlineData("a=b\u00ff", "invalid character in tag a")]
    public void Invalid_lists_are_refused(string text, string error)
    {
        Assert.False(TagList.TryParse(TestMessages.Octets(text), out _, out var found));
        Assert.Equal(error, found);
    }

    [Fact]
    public void Size_is_bounded()
    {
        Assert.False(TagList.TryParse(TestMessages.Octets("a=" + new string('b', TagList.MaxOctets)), out _, out _));
        var many = string.Join(';', Enumerable.Range(0, TagList.MaxTags + 1).Select(i => $"a{i}=b"));
        Assert.False(TagList.TryParse(TestMessages.Octets(many), out _, out var error));
        Assert.Equal("more than 64 tags", error);
    }

    [Theory]
    [InlineData("YQ==", "a")]
    [InlineData("Y Q\t= =", "a")]
    [InlineData("", null)]
    [InlineData("Y", null)]
    [InlineData("not_base_64", null)]
    [InlineData("YQ==YQ==", null)]
    [InlineData("\u00fc\u00fc\u00fc\u00fc", null)]
    public void Base64_is_decoded(string text, string? octets) =>
        Assert.Equal(octets, TagList.Base64(text) is { } found ? Encoding.ASCII.GetString(found) : null);

    [Fact]
    public void Offsets_hold_the_values() => Gen.Select(
        Gen.OneOf("a", " b ", "\r\n\tc").Array[1, 3], Gen.OneOf("", "x", " y ", "=", "\r\n z", "\u00ff").Array[1, 3])
        .Sample((names, values) =>
        {
            var text = string.Join(';', names.Zip(values, (name, value) => $"{name}={value}"));
            var octets = Encoding.UTF8.GetBytes(text);
            if (!TagList.TryParse(octets, out var list, out _)) return;
            foreach (var tag in list.Tags)
            {
                var value = Encoding.UTF8.GetString(octets[tag.Start..tag.End]);
                Assert.Equal(tag.Value, value.Replace("\r\n", "", StringComparison.Ordinal).Trim());
            }
        }, iter: 2_000);
}
