using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Postfleet.QueueActors.Tests;

public sealed class RoundPaceTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(3);

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void The_first_round_begins_at_once() => Assert.Equal(TimeSpan.Zero, new RoundPace(_time, Interval).Left(1));

    [Fact]
    public void The_next_one_waits_for_the_rest_of_the_interval()
    {
        var pace = new RoundPace(_time, Interval);
        pace.Begin(RoundPace.BusyRound);
        Assert.Equal(Interval, pace.Left(1));
        _time.Advance(TimeSpan.FromMilliseconds(2));
        Assert.Equal(TimeSpan.FromMilliseconds(1), pace.Left(1));
        _time.Advance(TimeSpan.FromMilliseconds(2));
        Assert.Equal(TimeSpan.Zero, pace.Left(1));
    }

    [Fact]
    public void After_a_round_of_a_quiet_queue_none_waits()
    {
        var pace = new RoundPace(_time, Interval);
        pace.Begin(RoundPace.BusyRound);
        pace.Begin(RoundPace.BusyRound - 1);
        Assert.Equal(TimeSpan.Zero, pace.Left(1));
    }

    [Fact]
    public void A_full_round_waits_for_nothing()
    {
        var pace = new RoundPace(_time, Interval);
        pace.Begin(RoundPace.BusyRound);
        Assert.Equal(Interval, pace.Left(RoundPace.FullRound - 1));
        Assert.Equal(TimeSpan.Zero, pace.Left(RoundPace.FullRound));
    }

    [Fact]
    public void Without_an_interval_no_round_waits()
    {
        var pace = new RoundPace(_time, TimeSpan.Zero);
        pace.Begin(RoundPace.BusyRound);
        Assert.Equal(TimeSpan.Zero, pace.Left(1));
    }
}
