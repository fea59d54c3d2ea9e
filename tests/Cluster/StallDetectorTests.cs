using Postfleet.Cluster.Liveness;
using Postfleet.Contracts;
using Postfleet.Core.Clocks;
using Postfleet.Testing;
using Postfleet.Testing.Fakes;
using Xunit;

namespace Postfleet.Cluster.Tests;

public sealed class StallDetectorTests : IDisposable
{
    private static readonly TimeSpan Gap = IStallDetector.MaxGap + TimeSpan.FromMilliseconds(1);

    private readonly FrozenTime _time = new();
    private readonly SteppedTime _machine;
    private readonly LogCollector _log = new();
    private readonly StallDetector _stalls;

    public StallDetectorTests()
    {
        _machine = new SteppedTime(_time);
        _stalls = new StallDetector(_machine, _log);
    }

    public void Dispose() => _stalls.Dispose();

    [Fact]
    public void It_is_steady_as_long_as_the_beats_come()
    {
        var mark = _stalls.Mark();
        for (var i = 0; i < 1000; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1 + i % 5));
            _time.Fire();
        }

        Assert.True(_stalls.IsSteady(mark));
    }

    [Fact]
    public void A_gap_is_found_by_who_asks_though_the_late_beat_has_not_come_yet()
    {
        var mark = _stalls.Mark();
        _time.Advance(Gap);
        Assert.False(_stalls.IsSteady(mark));
    }

    [Fact]
    public void A_gap_is_remembered_when_the_late_beat_came_first()
    {
        var mark = _stalls.Mark();
        _time.Advance(Gap);
        _time.Fire();
        _time.Fire();
        Assert.False(_stalls.IsSteady(mark));
        Assert.Equal(Gap, Assert.Single(_log.Lines).Fields["Gap"]);
    }

    [Fact]
    public void It_recovers_from_a_gap_for_a_while_and_not_before_one()
    {
        Assert.False(_stalls.IsRecovering);
        _time.Advance(Gap);
        Assert.True(_stalls.IsRecovering);
        for (var i = 0; i < StallDetector.Recovery.TotalSeconds; i++)
        {
            Assert.True(_stalls.IsRecovering);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.False(_stalls.IsRecovering);
    }

    [Fact]
    public void A_mark_made_after_a_gap_is_steady_and_those_before_it_never_again()
    {
        var before = _stalls.Mark();
        _time.Advance(Gap);
        var after = _stalls.Mark();
        _time.Advance(IStallDetector.MaxGap);
        Assert.True(_stalls.IsSteady(after));
        Assert.False(_stalls.IsSteady(before));
    }

    [Fact]
    public void A_machine_that_was_paused_with_its_clock_is_found_out_when_the_time_of_day_is_set_right()
    {
        var mark = _stalls.Mark();
        _machine.Ahead += Gap;
        Assert.False(_stalls.IsSteady(mark));
        Assert.True(_stalls.IsRecovering);
        // It may have been set by hand: nothing says that the process stood still.
        var line = Assert.Single(_log.Lines);
        Assert.Equal(("maybe paused", Gap), (line.Name, line.Fields["Step"]));
    }

    [Fact]
    public void A_clock_that_is_set_forward_is_no_gap_where_no_other_process_can_have_the_mail()
    {
        using var pulse = new StallDetector(_machine, _log) { IsAlone = true };
        var mark = pulse.Mark();
        _machine.Ahead += TimeSpan.FromHours(2);
        Assert.True(pulse.IsSteady(mark));
        Assert.False(pulse.IsRecovering);
        Assert.Empty(_log.Lines);
        _time.Advance(Gap);
        Assert.False(pulse.IsSteady(mark));
        Assert.Equal("stood still", Assert.Single(_log.Lines).Name);
    }

    [Fact]
    public void A_gap_is_measured_by_what_passed_however_the_clock_was_set_meanwhile()
    {
        foreach (var hours in (int[])[2, -2])
        {
            _machine.Ahead += TimeSpan.FromHours(hours);
            _time.Advance(Gap);
            _ = _stalls.Mark();
        }

        Assert.Equal([Gap, Gap], _log.Lines.Select(line => line.Fields["Gap"]));
    }

    [Fact]
    public void It_looks_at_the_wall_clock_behind_a_steady_one()
    {
        using var pulse = new StallDetector(new SteadyTimeProvider(_machine), _log);
        var mark = pulse.Mark();
        _machine.Ahead += Gap;
        Assert.False(pulse.IsSteady(mark));
    }

    [Fact]
    public void A_clock_that_is_set_back_is_no_gap()
    {
        var mark = _stalls.Mark();
        _machine.Ahead -= TimeSpan.FromHours(1);
        Assert.True(_stalls.IsSteady(mark));
    }

    [Fact]
    public void Without_a_gap_nobody_waits() => Assert.True(_stalls.RecoverAsync(default).IsCompletedSuccessfully);

    [Fact]
    public async Task After_a_gap_nothing_is_begun_until_the_node_knows_its_place()
    {
        _time.Advance(Gap);
        var recovering = _stalls.RecoverAsync(default);
        Pass(StallDetector.Recovery - TimeSpan.FromSeconds(1));
        Assert.False(_stalls.RecoverAsync(default).IsCompleted);
        Assert.False(recovering.IsCompleted);
        Pass(TimeSpan.FromSeconds(1));
        Assert.True(_stalls.RecoverAsync(default).IsCompletedSuccessfully);
        // It may be about to set its timer.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!recovering.IsCompleted)
        {
            _time.Fire();
            await Task.Delay(1, limit.Token);
        }
    }

    [Fact]
    public async Task Who_stops_does_not_wait_for_the_recovery()
    {
        _time.Advance(Gap);
        using var stopped = new CancellationTokenSource();
        var recovering = _stalls.RecoverAsync(stopped.Token);
        await stopped.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => recovering.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void It_stops_looking_when_it_is_disposed_of()
    {
        Assert.Equal(1, _time.Timers);
        _stalls.Dispose();
        Assert.Equal(0, _time.Timers);
    }

    private void Pass(TimeSpan time)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += TimeSpan.FromSeconds(1))
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            _time.Fire();
        }
    }
}
