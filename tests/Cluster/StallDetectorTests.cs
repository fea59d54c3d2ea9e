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
    public void Detector_is_steady_while_its_timer_runs()
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
    public void Gap_is_found_by_a_call_before_the_late_timer()
    {
        var mark = _stalls.Mark();
        _time.Advance(Gap);
        Assert.False(_stalls.IsSteady(mark));
    }

    [Fact]
    public void Gap_is_remembered_when_the_late_timer_came_first()
    {
        var mark = _stalls.Mark();
        _time.Advance(Gap);
        _time.Fire();
        _time.Fire();
        Assert.False(_stalls.IsSteady(mark));
        Assert.Equal(Gap, Assert.Single(_log.Lines).Fields["Gap"]);
    }

    [Fact]
    public void Recovery_lasts_a_while_after_a_gap()
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
    public void Marks_made_after_a_gap_are_steady_and_earlier_marks_never_again()
    {
        var before = _stalls.Mark();
        _time.Advance(Gap);
        var after = _stalls.Mark();
        _time.Advance(IStallDetector.MaxGap);
        Assert.True(_stalls.IsSteady(after));
        Assert.False(_stalls.IsSteady(before));
    }

    [Fact]
    public void Pause_of_a_virtual_machine_is_found_when_its_clock_is_set_forward()
    {
        var mark = _stalls.Mark();
        _machine.Ahead += Gap;
        Assert.False(_stalls.IsSteady(mark));
        Assert.True(_stalls.IsRecovering);
        // The clock may have been set by hand, so this is no proof of a gap.
        var line = Assert.Single(_log.Lines);
        Assert.Equal(("maybe paused", Gap), (line.Name, line.Fields["Step"]));
    }

    [Fact]
    public void Clock_set_forward_is_no_gap_when_no_other_process_can_have_the_mail()
    {
        using var detector = new StallDetector(_machine, _log) { IsAlone = true };
        var mark = detector.Mark();
        _machine.Ahead += TimeSpan.FromHours(2);
        Assert.True(detector.IsSteady(mark));
        Assert.False(detector.IsRecovering);
        Assert.Empty(_log.Lines);
        _time.Advance(Gap);
        Assert.False(detector.IsSteady(mark));
        Assert.Equal("stood still", Assert.Single(_log.Lines).Name);
    }

    [Fact]
    public void Gap_is_measured_by_elapsed_time_however_the_wall_clock_was_set()
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
    public void Wall_clock_is_read_behind_a_steady_clock()
    {
        using var detector = new StallDetector(new SteadyTimeProvider(_machine), _log);
        var mark = detector.Mark();
        _machine.Ahead += Gap;
        Assert.False(detector.IsSteady(mark));
    }

    [Fact]
    public void A_clock_that_is_set_back_is_no_gap()
    {
        var mark = _stalls.Mark();
        _machine.Ahead -= TimeSpan.FromHours(1);
        Assert.True(_stalls.IsSteady(mark));
    }

    [Fact]
    public void Recovery_without_a_gap_does_not_wait() => Assert.True(_stalls.RecoverAsync(default).IsCompletedSuccessfully);

    [Fact]
    public async Task Recovery_after_a_gap_delays_attempts()
    {
        _time.Advance(Gap);
        var recovering = _stalls.RecoverAsync(default);
        Pass(StallDetector.Recovery - TimeSpan.FromSeconds(1));
        Assert.False(_stalls.RecoverAsync(default).IsCompleted);
        Assert.False(recovering.IsCompleted);
        Pass(TimeSpan.FromSeconds(1));
        Assert.True(_stalls.RecoverAsync(default).IsCompletedSuccessfully);
        // The waiting task may not have set its timer yet.
        await Eventually.True(
            () =>
            {
                _time.Fire();
                return recovering.IsCompleted;
            },
            TimeSpan.FromSeconds(30), "the recovery ends");
    }

    [Fact]
    public async Task Stopping_ends_the_wait_for_the_recovery()
    {
        _time.Advance(Gap);
        using var stopped = new CancellationTokenSource();
        var recovering = _stalls.RecoverAsync(stopped.Token);
        await stopped.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => recovering.WaitAsync(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void Disposed_detector_stops_its_timer()
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
