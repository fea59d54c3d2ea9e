using Postfleet.Contracts.Stats;
using Postfleet.QueueActors.State;
using Xunit;

namespace Postfleet.QueueActors.Tests.State;

public sealed class RecentOutcomesTests
{
    private static readonly DateTimeOffset Start = new(2026, 11, 29, 18, 0, 0, TimeSpan.Zero);

    private readonly RecentOutcomes _recent = new();

    [Fact]
    public void Outcomes_leave_each_window_after_its_time_and_a_sixth_more_at_most()
    {
        _recent.Add(Start, delivered: 3, deferred: 2, failed: 1);
        Assert.Equal((new RecentCounts(3, 3, 3), new RecentCounts(2, 2, 2), new RecentCounts(1, 1, 1)), _recent.Read(Start));
        Assert.Equal(new RecentCounts(3, 3, 3), _recent.Read(Start.AddSeconds(60)).Delivered);
        Assert.Equal(new RecentCounts(0, 3, 3), _recent.Read(Start.AddSeconds(70)).Delivered);
        Assert.Equal(new RecentCounts(0, 3, 3), _recent.Read(Start.AddMinutes(60)).Delivered);
        Assert.Equal(new RecentCounts(0, 0, 3), _recent.Read(Start.AddMinutes(70)).Delivered);
        Assert.Equal(new RecentCounts(0, 0, 3), _recent.Read(Start.AddHours(24)).Delivered);
        Assert.Equal(default, _recent.Read(Start.AddHours(28)).Delivered);
    }

    [Fact]
    public void Outcomes_add_up_over_the_slots_of_a_window()
    {
        for (var i = 0; i < 120; i++) _recent.Add(Start.AddSeconds(i), 1, 0, 0);
        // The newest slot has ten seconds, and six full slots come before it.
        Assert.Equal(new RecentCounts(70, 120, 120), _recent.Read(Start.AddSeconds(119)).Delivered);
        Assert.Equal(new RecentCounts(60, 120, 120), _recent.Read(Start.AddSeconds(120)).Delivered);
    }

    [Fact]
    public void A_clock_set_back_loses_no_outcome()
    {
        _recent.Add(Start, 1, 0, 0);
        _recent.Add(Start.AddHours(-5), 1, 0, 0);
        Assert.Equal(new RecentCounts(2, 2, 2), _recent.Read(Start).Delivered);
    }

    [Fact]
    public void Counting_allocates_nothing()
    {
        _recent.Add(Start, 1, 1, 1);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) _recent.Add(Start.AddSeconds(i), 1, 1, 1);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
