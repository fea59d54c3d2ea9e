using CsCheck;
using Postfleet.Core.Units;
using Xunit;

namespace Postfleet.Core.Tests.Units;

public sealed class DurationsTests
{
    private static readonly string[] UnitNames = ["ms", "s", "m", "h", "d", "MS", "S", "M", "H", "D"];

    [Theory]
    [InlineData("250ms", 250)]
    [InlineData("30s", 30_000)]
    [InlineData("5m", 300_000)]
    [InlineData("4h", 14_400_000)]
    [InlineData("5d", 432_000_000)]
    [InlineData("0s", 0)]
    [InlineData(" 5 M ", 300_000)]
    public void Durations_are_read(string text, long milliseconds)
    {
        Assert.True(Durations.TryParse(text, out var duration));
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), duration);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("s")]
    [InlineData("-5s")]
    [InlineData("+5s")]
    [InlineData("1.5h")]
    [InlineData("1,000s")]
    [InlineData("5 minutes")]
    [InlineData("1h30m")]
    [InlineData("3651d")]
    [InlineData("9223372036854775807s")]
    [InlineData("92233720368547758070s")]
    public void An_invalid_duration_is_refused(string? text) => Assert.False(Durations.TryParse(text, out _));

    [Theory]
    [InlineData(90_000, "90s")]
    [InlineData(120_000, "2m")]
    [InlineData(86_400_000, "1d")]
    [InlineData(1_500, "1500ms")]
    [InlineData(0, "0s")]
    public void The_largest_exact_unit_is_written(long milliseconds, string text) =>
        Assert.Equal(text, Durations.Format(TimeSpan.FromMilliseconds(milliseconds)));

    [Fact]
    public void A_formatted_duration_parses_as_the_same_duration() =>
        Gen.Long[0, (long)Durations.Max.TotalMilliseconds].Sample(milliseconds =>
        {
            var duration = TimeSpan.FromMilliseconds(milliseconds);
            return Durations.TryParse(Durations.Format(duration), out var read) && read == duration;
        });

    [Fact]
    public void A_parsed_duration_formats_to_text_with_the_same_value() =>
        Gen.Select(Gen.Long[0, 3650], Gen.OneOf(UnitNames.Select(Gen.Const).ToArray())).Sample((number, unit) =>
            Durations.TryParse($"{number}{unit}", out var duration)
            && Durations.TryParse(Durations.Format(duration), out var again) && again == duration);
}
