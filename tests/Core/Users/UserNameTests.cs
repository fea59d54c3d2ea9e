using CsCheck;
using Postfleet.Core.Users;
using Xunit;

namespace Postfleet.Core.Tests.Users;

public sealed class UserNameTests
{
    [Theory]
    [InlineData("tim", "tim")]
    [InlineData("Tim@Example.ORG", "tim@example.org")]
    [InlineData("tim+lists", "tim+lists")]
    [InlineData("\u00c9mile", "\u00e9mile")]
    [InlineData("E\u0301mile", "\u00e9mile")]
    [InlineData("", null)]
    [InlineData("tim tom", null)]
    [InlineData("tim\u00a0tom", null)]
    [InlineData("tim\u0007", null)]
    [InlineData("tim\u202emit", null)]
    [InlineData("tim\u200b", null)]
    [InlineData("tim/phone", null)]
    [InlineData("tim\ud83d\ude00", null)]
    // In normalization form C, an ideograph beyond the first plane.
    [InlineData("tim\ufa6c", null)]
    public void Names(string text, string? name)
    {
        Assert.Equal(name is not null, UserName.TryNormalize(text, out var normalized));
        Assert.Equal(name, normalized);
    }

    [Fact]
    public void Length_is_bounded()
    {
        Assert.True(UserName.TryNormalize(new string('a', UserName.MaxLength), out _));
        Assert.False(UserName.TryNormalize(new string('a', UserName.MaxLength + 1), out _));
    }

    [Fact]
    public void Normalization_is_idempotent_and_never_throws() => Gen.String[0, 30].Sample(text =>
    {
        if (!UserName.TryNormalize(text, out var once)) return;
        Assert.True(UserName.TryNormalize(once, out var twice));
        Assert.Equal(once, twice);
    });
}
