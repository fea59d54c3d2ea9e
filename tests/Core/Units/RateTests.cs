using CsCheck;
using Postfleet.Core.Units;
using Xunit;

namespace Postfleet.Core.Tests.Units;

public sealed class RateTests
{
    [Theory]
    [InlineData("50/s", 50, 1)]
    [InlineData("1000/m", 1000, 60)]
    [InlineData("20000/h", 20000, 3600)]
    [InlineData(" 1 / H ", 1, 3600)]
    [InlineData("100000/s", 100_000, 1)]
    [InlineData("360000000/h", 360_000_000, 3600)]
    public void Rates_are_read(string text, long count, int seconds)
    {
        Assert.True(Rate.TryParse(text, out var rate));
        Assert.Equal((count, TimeSpan.FromSeconds(seconds)), (rate.Count, rate.Period));
        Assert.False(rate.IsNone);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("  ")]
    public void Empty_text_is_no_limit(string? text)
    {
        Assert.True(Rate.TryParse(text, out var rate));
        Assert.Equal(Rate.None, rate);
        Assert.True(rate.IsNone);
        Assert.Equal("", rate.ToString());
    }

    [Theory]
    [InlineData("50")]
    [InlineData("/s")]
    [InlineData("50/")]
    [InlineData("50/d")]
    [InlineData("50/ms")]
    [InlineData("50/s/s")]
    [InlineData("50s")]
    [InlineData("0/s")]
    [InlineData("-1/s")]
    [InlineData("+1/s")]
    [InlineData("1.5/s")]
    [InlineData("1,000/m")]
    [InlineData("100001/s")]
    [InlineData("360000001/h")]
    [InlineData("99999999999999999999/s")]
    public void An_invalid_rate_is_refused(string text) => Assert.False(Rate.TryParse(text, out _));

    [Theory]
    [InlineData("50/s", 1000, 50)]
    [InlineData("50/s", 30, 1)]
    [InlineData("1/m", 59_999, 0)]
    [InlineData("1/m", 60_000, 1)]
    [InlineData("360000000/h", 864_000_000, 86_400_000_000)]
    public void A_time_has_a_whole_number_of_units(string text, int milliseconds, long count)
    {
        Assert.True(Rate.TryParse(text, out var rate));
        Assert.Equal(count, rate.In(TimeSpan.FromMilliseconds(milliseconds)));
    }

    [Fact]
    public void An_interval_is_the_time_for_a_single_event()
    {
        Assert.Equal(TimeSpan.Zero, Rate.None.Interval);
        Gen.Select(Gen.Long[1, Rate.MaxPerSecond], Gen.Int[0, 2].Select(i => "smh"[i])).Sample((count, unit) =>
            Rate.TryParse($"{count}/{unit}", out var rate)
                && rate.In(rate.Interval) >= 1 && rate.In(rate.Interval - TimeSpan.FromTicks(1)) == 0);
    }

    [Fact]
    public void A_formatted_rate_parses_as_the_same_rate() =>
        Gen.Select(Gen.Long[1, Rate.MaxPerSecond], Gen.Int[0, 2].Select(i => "smh"[i])).Sample((count, unit) =>
            Rate.TryParse($"{count}/{unit}", out var rate) && rate.ToString() == $"{count}/{unit}"
                && Rate.TryParse(rate.ToString(), out var read) && read == rate);
}
