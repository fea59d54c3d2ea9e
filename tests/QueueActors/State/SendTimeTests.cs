using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.State;
using Xunit;
using static Postfleet.QueueActors.Tests.State.QueueDriver;

namespace Postfleet.QueueActors.Tests.State;

/// <summary>Messages that wait for the time of sending that their sender asked for.</summary>
public sealed class SendTimeTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly QueueDriver _queue = new(delayWarning: TimeSpan.FromHours(4), holdFor: TimeSpan.FromMilliseconds(50));

    [Fact]
    public void Message_is_acknowledged_at_once_and_sent_at_its_time()
    {
        var id = Later();
        Assert.Equal([id], Assert.Single(_queue.Take<QueueEffect.AcknowledgeParts>()).Messages);
        Assert.IsType<MessageEnqueued>(Assert.Single(_queue.Journal));
        Assert.Equal((0, _queue.Now + Hour), (_queue.Machine.Due, _queue.Machine.NextAttempt(_queue.Now)));
        Assert.Empty(_queue.After(Hour - TimeSpan.FromTicks(1)).Route().Grant(10).TakeJobs());
        Assert.Equal(id, Assert.Single(_queue.After(TimeSpan.FromTicks(1)).Route().Grant(10).TakeJobs()).Message);
    }

    [Fact]
    public void Message_waits_after_a_restart_from_events_and_from_a_checkpoint()
    {
        var (id, at) = (Later(), _queue.Now + Hour);
        Assert.Empty(_queue.Restart().Route().Grant(10).TakeJobs());
        var checkpoint = Checkpoints.Write(_queue.State);
        _queue.Journal.Clear();
        _queue.Journal.AddRange(checkpoint);
        Assert.Empty(_queue.Restart().Route().Grant(10).TakeJobs());
        Assert.Equal(at, _queue.State.Find(id)!.Part.SendAt);
        Assert.Single(_queue.After(Hour).Route().Grant(10).TakeJobs());
    }

    [Fact]
    public void Other_mail_of_the_queue_is_sent_meanwhile()
    {
        Later();
        var other = _queue.NewId();
        Assert.Equal(other, Assert.Single(_queue.Offer(other).Route().Grant(10).TakeJobs()).Message);
    }

    [Theory]
    [InlineData(MessageAction.Retry)]
    [InlineData(MessageAction.Release)]
    public void Retry_and_release_do_not_send_before_the_time(MessageAction action)
    {
        var id = Later();
        if (action == MessageAction.Release) _queue.Act(6, MessageAction.Hold);
        Assert.Empty(_queue.Act(7, action).Route().Grant(10).TakeJobs());
        Assert.Equal(_queue.Now + Hour, _queue.Machine.NextAttempt(_queue.Now));
        Assert.Equal(id, Assert.Single(_queue.After(Hour).Route().Grant(10).TakeJobs()).Message);
    }

    [Fact]
    public void Message_can_be_deleted_before_its_time()
    {
        Later();
        _queue.Act(7, MessageAction.Delete);
        Assert.Empty(_queue.State.Entries);
    }

    [Fact]
    public void Lifetime_and_delay_warning_count_from_the_time_of_sending()
    {
        var id = Later();
        var at = _queue.Now + Hour;
        _queue.After(Hour).Route().Grant(10);
        _queue.TakeJobs();
        _queue.End(id, 1, Deferred(0));
        while (_queue.State.Find(id) is { } entry)
        {
            entry.IsMarked = true;
            _queue.Now = _queue.Machine.NextWake(_queue.Now)!.Value;
            _queue.Do(new QueueCommand.Tick()).Route().Grant(1);
            foreach (var job in _queue.TakeJobs()) _queue.End(id, job.Attempt, Deferred(0));
        }

        Assert.Equal(at + TimeSpan.FromHours(4), Assert.Single(_queue.Journal.OfType<MessageDelayed>()).At);
        Assert.Equal(at + Lifetime, Assert.Single(_queue.Journal.OfType<MessageExpired>()).At);
    }

    [Fact]
    public void Age_of_a_message_counts_from_its_time_of_sending()
    {
        var later = Later();
        Assert.Equal(_queue.Now + Hour, _queue.State.FindOldest());
        var accepted = _queue.Now;
        var other = _queue.NewId();
        _queue.Offer(other).Route().Grant(10);
        Assert.Equal(accepted, _queue.State.FindOldest());
        Assert.Equal([other, later], _queue.State.InOrder().Select(entry => entry.Message));
        _queue.End(other, 1, Delivered(0));
        Assert.Equal(accepted + Hour, _queue.Restart().State.FindOldest());
        _queue.Act(7, MessageAction.Delete);
        Assert.Null(_queue.State.FindOldest());
    }

    private MessageId Later()
    {
        var id = _queue.NewId();
        _queue.Offer(id, sendAfter: Hour);
        return id;
    }
}
