using Xunit;

namespace Postfleet.Delivery.Tests;

public sealed class PulseTests : IDisposable
{
    private static readonly TimeSpan Gap = Pulse.MaxGap + TimeSpan.FromMilliseconds(1);

    private readonly FrozenTime _time = new();
    private readonly Pulse _pulse;

    public PulseTests() => _pulse = new Pulse(_time);

    public void Dispose() => _pulse.Dispose();

    [Fact]
    public void It_is_steady_as_long_as_the_beats_come()
    {
        var mark = _pulse.Mark();
        for (var i = 0; i < 1000; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1 + i % 5));
            _time.Fire();
        }

        Assert.True(_pulse.IsSteady(mark));
    }

    [Fact]
    public void A_gap_is_found_by_who_asks_though_the_late_beat_has_not_come_yet()
    {
        var mark = _pulse.Mark();
        _time.Advance(Gap);
        Assert.False(_pulse.IsSteady(mark));
    }

    [Fact]
    public void A_gap_is_remembered_when_the_late_beat_came_first()
    {
        var mark = _pulse.Mark();
        _time.Advance(Gap);
        _time.Fire();
        _time.Fire();
        Assert.False(_pulse.IsSteady(mark));
    }

    [Fact]
    public void A_mark_made_after_a_gap_is_steady_and_those_before_it_never_again()
    {
        var before = _pulse.Mark();
        _time.Advance(Gap);
        var after = _pulse.Mark();
        _time.Advance(Pulse.MaxGap);
        Assert.True(_pulse.IsSteady(after));
        Assert.False(_pulse.IsSteady(before));
    }

    [Fact]
    public void A_machine_that_was_paused_with_its_clock_is_found_out_when_the_time_of_day_is_set_right()
    {
        var mark = _pulse.Mark();
        _time.AdjustTime(_time.GetUtcNow() + Gap);
        Assert.False(_pulse.IsSteady(mark));
    }

    [Fact]
    public void A_clock_that_is_set_back_is_no_gap()
    {
        var mark = _pulse.Mark();
        _time.AdjustTime(_time.GetUtcNow() - TimeSpan.FromHours(1));
        Assert.True(_pulse.IsSteady(mark));
    }

    [Fact]
    public void It_stops_looking_when_it_is_disposed_of()
    {
        Assert.Equal(1, _time.Timers);
        _pulse.Dispose();
        Assert.Equal(0, _time.Timers);
    }
}
