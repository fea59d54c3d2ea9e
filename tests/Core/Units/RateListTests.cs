using Postfleet.Core.Units;
using Xunit;

namespace Postfleet.Core.Tests.Units;

public sealed class RateListTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("20/s", "20/s")]
    [InlineData(" 20/S ,200000/d", "20/s, 200000/d")]
    public void Rates_with_different_units_are_a_list(string text, string written)
    {
        Assert.True(RateList.TryParse(text, out var rates));
        Assert.Equal(written, rates.ToString());
        Assert.Equal(written.Length == 0, rates.IsNone);
    }

    [Theory]
    [InlineData("20/s,")]
    [InlineData("20/s, 30/s")]
    [InlineData("20")]
    [InlineData("0/s")]
    public void Other_texts_are_no_list(string text) => Assert.False(RateList.TryParse(text, out _));

    [Fact]
    public void The_strictest_rate_decides_about_a_time()
    {
        Assert.True(RateList.TryParse("20/s, 100/m", out var rates));
        Assert.Equal(20, rates.In(TimeSpan.FromSeconds(1)) + 19);
        Assert.Equal(100, rates.In(TimeSpan.FromMinutes(1)));
        Assert.Equal(long.MaxValue, RateList.None.In(TimeSpan.FromDays(1)));
    }

    [Fact]
    public void Lists_with_the_same_rates_are_equal()
    {
        Assert.True(Rate.TryParse("20/s", out var rate));
        Assert.True(RateList.TryParse("20/s", out var list));
        Assert.Equal(list, rate);
        Assert.NotEqual(RateList.None, list);
        Assert.Equal(RateList.None, Rate.None);
    }
}
