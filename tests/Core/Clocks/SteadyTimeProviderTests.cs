using Microsoft.Extensions.Time.Testing;
using Postfleet.Core.Clocks;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Core.Tests.Clocks;

public sealed class SteadyTimeProviderTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 4, 12, 0, 0, TimeSpan.Zero);

    private readonly FakeTimeProvider _elapsed = new(Noon);
    private readonly SteppedTime _machine;
    private readonly SteadyTimeProvider _time;

    public SteadyTimeProviderTests()
    {
        _machine = new SteppedTime(_elapsed);
        _time = new SteadyTimeProvider(_machine);
    }

    [Fact]
    public void Steady_time_begins_at_the_wall_clock_and_counts_elapsed_time()
    {
        Assert.Equal(Noon, _time.GetUtcNow());
        _elapsed.Advance(TimeSpan.FromHours(3));
        Assert.Equal(Noon.AddHours(3), _time.GetUtcNow());
        Assert.Equal(Noon.AddHours(3), _time.GetWallTime());
    }

    [Theory]
    [InlineData(-2)]
    [InlineData(2)]
    public void Setting_the_wall_clock_does_not_change_the_steady_time(int hours)
    {
        _elapsed.Advance(TimeSpan.FromMinutes(1));
        _machine.Ahead = TimeSpan.FromHours(hours);
        _elapsed.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(Noon.AddMinutes(2), _time.GetUtcNow());
        Assert.Equal(Noon.AddHours(hours).AddMinutes(2), _time.GetWallTime());
    }

    [Fact]
    public void Timestamps_and_timers_use_the_elapsed_time_of_the_machine()
    {
        var from = _time.GetTimestamp();
        var fired = 0;
        using var timer = _time.CreateTimer(_ => fired++, null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        _machine.Ahead = TimeSpan.FromHours(-2);
        _elapsed.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(3, fired);
        Assert.Equal(TimeSpan.FromSeconds(3), _time.GetElapsedTime(from));
        Assert.Equal(_machine.TimestampFrequency, _time.TimestampFrequency);
    }

    [Fact]
    public void The_wall_time_of_another_clock_is_the_time_of_that_clock() => Assert.Equal(Noon, _machine.GetWallTime());
}
