using CsCheck;
using Postfleet.QueueActors.State;
using Xunit;

namespace Postfleet.QueueActors.Tests.State;

public sealed class WakeTimesTests
{
    private static readonly DateTimeOffset Epoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    // An actor that needs a wake-up at a time that it changes now and then, and reconsiders whenever it is woken.
    [Fact]
    public void Wake_ups_are_in_time_and_requested_once_for_each_time() =>
        Gen.Select(Gen.Int[0, 20], Gen.Int[1, 10]).Array[0, 60].Sample(steps =>
    {
        var wakes = default(ScheduledWakeups);
        var scheduled = new SortedSet<DateTimeOffset>();
        var now = Epoch;
        DateTimeOffset? need = null;
        foreach (var (pause, ahead) in steps)
        {
            now += TimeSpan.FromSeconds(pause);
            while (scheduled.Count > 0 && scheduled.Min is var fired && fired <= now)
            {
                Assert.Equal(fired, wakes.Next);
                scheduled.Remove(fired);
                wakes.Fired();
                if (need <= fired) need = null;
                else Ask();
            }

            Assert.False(need <= now);
            need = now + TimeSpan.FromSeconds(ahead);
            Ask();
        }

        void Ask()
        {
            if (need is not { } at) return;
            if (wakes.Need(at)) Assert.True(scheduled.Add(at));
            Assert.True(scheduled.Min <= at);
            Assert.Equal(scheduled.Min, wakes.Next);
        }
    });

    [Fact]
    public void An_unrequested_wake_up_is_harmless()
    {
        var wakes = default(ScheduledWakeups);
        wakes.Fired();
        Assert.Null(wakes.Next);
        Assert.True(wakes.Need(Epoch));
    }
}
