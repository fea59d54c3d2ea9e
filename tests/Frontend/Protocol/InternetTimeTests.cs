using System.Globalization;
using System.Text;
using CsCheck;
using Postfleet.Frontend.Protocol;
using Xunit;

namespace Postfleet.Frontend.Tests.Protocol;

public sealed class InternetTimeTests
{
    [Theory]
    [InlineData("2026-03-04T12:00:00Z", "2026-03-04T12:00:00")]
    [InlineData("2026-03-04t12:00:00z", "2026-03-04T12:00:00")]
    [InlineData("2026-03-04T12:00:00.5Z", "2026-03-04T12:00:00.5")]
    [InlineData("2026-03-04T12:00:00.12345678999Z", "2026-03-04T12:00:00.1234567")]
    [InlineData("2026-03-04T12:00:00+01:30", "2026-03-04T10:30:00")]
    [InlineData("2026-03-04T12:00:00-08:00", "2026-03-04T20:00:00")]
    [InlineData("2026-03-04T12:00:00-00:00", "2026-03-04T12:00:00")]
    [InlineData("2024-02-29T00:00:00Z", "2024-02-29T00:00:00")]
    [InlineData("2016-12-31T23:59:60Z", "2017-01-01T00:00:00")]
    [InlineData("1990-12-31T15:59:60-08:00", "1991-01-01T00:00:00")]
    [InlineData("9999-12-31T23:59:59-23:59", "9999-12-31T23:59:59.9999999")]
    [InlineData("0001-01-01T00:00:00+23:59", "0001-01-01T00:00:00")]
    [InlineData("0000-02-29T00:00:00Z", "0001-01-01T00:00:00")]
    public void Times_of_RFC_3339_are_read(string text, string expected)
    {
        Assert.True(InternetTime.TryParse(Encoding.ASCII.GetBytes(text), out var time));
        Assert.Equal(new DateTimeOffset(DateTime.Parse(expected, CultureInfo.InvariantCulture), TimeSpan.Zero), time);
    }

    [Theory]
    [InlineData("")]
    [InlineData("2026-03-04")]
    [InlineData("2026-03-04T12:00:00")]
    [InlineData("2026-03-04 12:00:00Z")]
    [InlineData("2026-03-04T12:00Z")]
    [InlineData("2026-3-4T12:00:00Z")]
    [InlineData("2026-13-01T12:00:00Z")]
    [InlineData("2026-00-01T12:00:00Z")]
    [InlineData("2026-02-29T12:00:00Z")]
    [InlineData("2026-03-00T12:00:00Z")]
    [InlineData("2026-03-04T24:00:00Z")]
    [InlineData("2026-03-04T12:60:00Z")]
    [InlineData("2026-03-04T12:00:61Z")]
    [InlineData("2026-03-04T12:00:60Z")]
    [InlineData("2026-12-30T23:59:60Z")]
    [InlineData("2016-12-31T23:59:60+01:00")]
    [InlineData("9999-12-31T23:59:60-23:59")]
    [InlineData("0000-12-31T23:59:60Z")]
    [InlineData("2026-03-04T12:00:00.Z")]
    [InlineData("2026-03-04T12:00:00,5Z")]
    [InlineData("2026-03-04T12:00:00.5")]
    [InlineData("2026-03-04T12:00:00+0100")]
    [InlineData("2026-03-04T12:00:00+01")]
    [InlineData("2026-03-04T12:00:00+24:00")]
    [InlineData("2026-03-04T12:00:00+01:60")]
    [InlineData("2026-03-04T12:00:00ZZ")]
    [InlineData("-026-03-04T12:00:00Z")]
    [InlineData("2026-03-04T12:00:0\u00b9Z")]
    public void Other_texts_are_no_times(string text) => Assert.False(InternetTime.TryParse(Encoding.Latin1.GetBytes(text), out _));

    [Fact]
    public void Every_time_of_the_framework_comes_back() => Gen.Select(Gen.DateTimeOffset, Gen.Int[-1439, 1439]).Sample((time, offset) =>
    {
        var local = time.ToOffset(TimeSpan.Zero);
        if (local.Ticks + offset * TimeSpan.TicksPerMinute is < 0 or > 3155378975999999999) return;
        local = local.ToOffset(TimeSpan.Zero).Add(TimeSpan.FromMinutes(offset));
        var sign = offset < 0 ? '-' : '+';
        var text = $"{local.DateTime:yyyy-MM-dd'T'HH:mm:ss.fffffff}{sign}{Math.Abs(offset) / 60:00}:{Math.Abs(offset) % 60:00}";
        Assert.True(InternetTime.TryParse(Encoding.ASCII.GetBytes(text), out var read), text);
        Assert.Equal(time.UtcTicks, read.UtcTicks);
    });

    [Fact]
    public void Any_octets_are_read_or_refused() =>
        Gen.OneOf(Gen.Byte.Array[0, 40], Gen.String[Gen.Char["0123456789-:TtZz.+"], 0, 40].Select(Encoding.ASCII.GetBytes))
            .Sample(octets => InternetTime.TryParse(octets, out _) || true);
}
