using CsCheck;
using Postfleet.Contracts.Stats;
using Xunit;

namespace Postfleet.Contracts.Tests.Stats;

public sealed class ThroughputTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 29, 18, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Events_of_the_last_ten_full_seconds_are_counted() =>
        Gen.Select(Gen.Int[0, 3000], Gen.Int[0, 50]).Array[0, 40].Sample(steps =>
        {
            var (rate, now, events) = (new RecentRate(), Start, new List<(long Second, int Count)>());
            foreach (var (pause, count) in steps)
            {
                now = now.AddMilliseconds(pause);
                rate.Add(count, now);
                events.Add((now.ToUnixTimeSeconds(), count));
                var second = now.ToUnixTimeSeconds();
                var expected = events.Where(each => second - each.Second is >= 1 and <= RecentRate.Seconds).Sum(each => each.Count);
                Assert.Equal(expected, rate.Read(now));
            }
        });

    [Fact]
    public void Events_of_many_threads_are_all_counted()
    {
        var rate = new RecentRate();
        Parallel.For(0, 8, _ =>
        {
            for (var i = 0; i < 10_000; i++) rate.Add(1, Start);
        });
        Assert.Equal(80_000, rate.Read(Start.AddSeconds(1)));
        Assert.Equal(0, rate.Read(Start.AddSeconds(11)));
    }
}
