using Xunit;
using static Postfleet.QueueActors.Tests.State.QueueDriver;

namespace Postfleet.QueueActors.Tests.State;

public class QueueAgeTests
{
    private readonly QueueDriver _queue = new();

    [Fact]
    public void The_oldest_message_is_found_after_a_replay_and_after_removals()
    {
        var first = _queue.NewId();
        _queue.Offer(first).Route().Grant(100);
        var accepted = _queue.Now;
        _queue.After(TimeSpan.FromMinutes(1));
        var second = _queue.NewId();
        _queue.Offer(second);
        Assert.Equal(accepted, _queue.State.FindOldest());
        Assert.Equal(accepted, _queue.Restart().State.FindOldest());
        _queue.End(first, 1, Delivered(0));
        Assert.Equal(accepted + TimeSpan.FromMinutes(1), _queue.State.FindOldest());
        _queue.Route().Grant(1).End(second, 1, Delivered(0));
        Assert.Null(_queue.State.FindOldest());
    }

    [Fact]
    public void A_message_that_stays_does_not_retain_removed_messages()
    {
        var stays = _queue.NewId();
        _queue.Offer(stays).Route();
        var gone = new WeakReference[5000];
        for (var i = 0; i < gone.Length; i++)
        {
            var id = _queue.NewId();
            _queue.Grant(2).Offer(id);
            gone[i] = new WeakReference(_queue.State.Find(id));
            _queue.End(id, 1, Delivered(0)).Effects.Clear();
        }

        _queue.After(TimeSpan.FromMinutes(5));
        GC.Collect();
        Assert.True(
            gone.Count(reference => reference.IsAlive) < 2500, $"{gone.Count(r => r.IsAlive)} of {gone.Length} entries are still held");
    }
}
