using Postfleet.QueueActors.State;
using Xunit;

namespace Postfleet.QueueActors.Tests.State;

public sealed class RoundPaceTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(3);

    private static readonly DateTimeOffset Begun = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_first_batch_begins_at_once() => Assert.Equal(TimeSpan.Zero, default(BatchPacer).Left(1, Interval, Begun));

    [Fact]
    public void The_next_batch_waits_for_the_rest_of_the_interval()
    {
        var pace = default(BatchPacer);
        pace.Begin(isBusy: true, Begun);
        Assert.Equal(Interval, pace.Left(1, Interval, Begun));
        Assert.Equal(TimeSpan.FromMilliseconds(1), pace.Left(1, Interval, Begun + TimeSpan.FromMilliseconds(2)));
        Assert.Equal(TimeSpan.Zero, pace.Left(1, Interval, Begun + TimeSpan.FromMilliseconds(4)));
    }

    [Fact]
    public void No_batch_waits_after_a_batch_of_a_quiet_queue()
    {
        var pace = default(BatchPacer);
        pace.Begin(isBusy: true, Begun);
        pace.Begin(isBusy: false, Begun);
        Assert.Equal(TimeSpan.Zero, pace.Left(1, Interval, Begun));
    }

    [Fact]
    public void A_full_batch_does_not_wait()
    {
        var pace = default(BatchPacer);
        pace.Begin(isBusy: true, Begun);
        Assert.Equal(Interval, pace.Left(BatchPacer.FullBatch - 1, Interval, Begun));
        Assert.Equal(TimeSpan.Zero, pace.Left(BatchPacer.FullBatch, Interval, Begun));
    }

    [Fact]
    public void Without_an_interval_no_batch_waits()
    {
        var pace = default(BatchPacer);
        pace.Begin(isBusy: true, Begun);
        Assert.Equal(TimeSpan.Zero, pace.Left(1, TimeSpan.Zero, Begun));
    }
}
