using CsCheck;
using Postfleet.Delivery.Options;
using Xunit;

namespace Postfleet.Delivery.Tests.Shaping;

public sealed class SendingHoursTests
{
    private static readonly string[] Zones = ["UTC", "Europe/Berlin", "America/New_York"];

    [Theory]
    [InlineData("08:00-20:00 Europe/Berlin", "08:00-20:00 Europe/Berlin")]
    [InlineData("20:00-06:00", "20:00-06:00 UTC")]
    public void Hours_are_read_with_their_zone(string text, string written) =>
        Assert.Equal(written, SendingHours.TryParse(text)?.ToString());

    [Theory]
    [InlineData("")]
    [InlineData("08:00")]
    [InlineData("8-20")]
    [InlineData("08:00-24:00")]
    [InlineData("08:00-08:00")]
    [InlineData("08:00-20:00 Europe/Atlantis")]
    [InlineData("08:00-20:00 Europe/Berlin daily")]
    public void Other_texts_are_no_hours(string text) => Assert.Null(SendingHours.TryParse(text));

    [Theory]
    [InlineData("08:00-20:00 Europe/Berlin", "2026-01-05T06:59:59Z", false)]
    [InlineData("08:00-20:00 Europe/Berlin", "2026-01-05T07:00:00Z", true)]
    [InlineData("08:00-20:00 Europe/Berlin", "2026-07-05T06:00:00Z", true)]
    [InlineData("08:00-20:00 Europe/Berlin", "2026-01-05T19:00:00Z", false)]
    [InlineData("20:00-06:00", "2026-01-05T23:00:00Z", true)]
    [InlineData("20:00-06:00", "2026-01-05T05:59:00Z", true)]
    [InlineData("20:00-06:00", "2026-01-05T12:00:00Z", false)]
    public void The_clock_of_the_zone_decides(string text, string at, bool isOpen) =>
        Assert.Equal(isOpen, SendingHours.TryParse(text)!.AreOpen(Time(at)));

    [Theory]
    [InlineData("08:00-20:00 Europe/Berlin", "2026-01-05T20:00:00Z", "2026-01-06T07:00:00Z")]
    [InlineData("08:00-20:00 Europe/Berlin", "2026-03-28T20:00:00Z", "2026-03-29T06:00:00Z")]
    [InlineData("20:00-06:00", "2026-01-05T12:00:00Z", "2026-01-05T20:00:00Z")]
    public void The_next_hours_begin_by_that_clock(string text, string at, string begin) =>
        Assert.Equal(Time(begin), SendingHours.TryParse(text)!.NextBegin(Time(at)));

    [Fact]
    public void A_change_is_in_the_future_and_nothing_changes_before() =>
        Gen.Select(Gen.Int[0, 1439], Gen.Int[0, 1439], Gen.Int[0, 2].Select(zone => Zones[zone]), Gen.Int[0, 525_600])
            .Where((from, to, _, _) => from != to).Sample((from, to, zone, minute) =>
            {
                var hours = SendingHours.TryParse($"{from / 60:00}:{from % 60:00}-{to / 60:00}:{to % 60:00} {zone}")!;
                var now = new DateTimeOffset(2026, 1, 1, 0, 0, 30, TimeSpan.Zero).AddMinutes(minute);
                var isOpen = hours.AreOpen(now);
                var change = isOpen ? hours.NextEnd(now) : hours.NextBegin(now);
                // When clocks are set, a change may come an hour early or late.
                return change > now && change <= now.AddHours(26)
                    && (hours.AreOpen(change.AddHours(1)) != isOpen || hours.AreOpen(change) != isOpen
                        || (to - from + 1440) % 1440 is < 61 or > 1379);
            });

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, null);
}
