using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.State;
using Xunit;
using static Postfleet.QueueActors.Tests.State.QueueDriver;

namespace Postfleet.QueueActors.Tests.State;

/// <summary>Suspended queues, jobs that are taken back, and actions that end early.</summary>
public sealed class SuspendedQueueTests : QueueMachineFixture
{
    [Fact]
    public void A_suspended_queue_sends_nothing_and_needs_no_wake()
    {
        var id = Waiting();
        _queue.Suspension = new Suspension(3, null, "");
        _queue.Do(new QueueCommand.SuspensionChanged()).Route().Grant(10);
        Assert.Empty(_queue.TakeJobs());
        // Only the end of the lifetime is awaited.
        Assert.Equal(_queue.State.Find(id)!.AcceptedAt + Lifetime, NextButMarks());
        _queue.Suspension = null;
        _queue.Do(new QueueCommand.SuspensionChanged()).Route().Grant(10);
        Assert.Equal(id, Assert.Single(_queue.TakeJobs()).Message);
    }

    [Fact]
    public void A_suspension_ends_by_its_time()
    {
        Waiting();
        _queue.Suspension = new Suspension(3, _queue.Now.AddHours(1), "");
        _queue.Do(new QueueCommand.SuspensionChanged());
        Assert.Equal(_queue.Now.AddHours(1), NextButMarks());
        _queue.After(TimeSpan.FromHours(1));
        // The lookup that began before the change is repeated.
        _queue.Route().Route().Grant(10);
        Assert.Single(_queue.TakeJobs());
    }

    [Fact]
    public void Mail_of_a_suspended_queue_expires()
    {
        var id = Waiting();
        _queue.Suspension = new Suspension(3, null, "");
        _queue.Do(new QueueCommand.SuspensionChanged());
        _queue.After(Lifetime);
        Assert.Equal(id, Assert.Single(_queue.Journal.OfType<MessageExpired>()).Message);
    }

    [Fact]
    public void A_suspension_takes_all_jobs_back_from_the_destination_once()
    {
        Sent();
        _queue.Suspension = new Suspension(3, null, "");
        _queue.Do(new QueueCommand.SuspensionChanged());
        var taken = Assert.Single(_queue.Take<QueueEffect.TakeBack>());
        Assert.Equal((Destination, 0), (taken.Destination, taken.Messages.Count));
        _queue.Do(new QueueCommand.SuspensionChanged()).After(TimeSpan.FromMinutes(1));
        Assert.Empty(_queue.Take<QueueEffect.TakeBack>());
    }

    [Fact]
    public void A_node_that_does_not_know_the_suspensions_yet_takes_no_jobs_back()
    {
        Sent();
        _queue.Suspension = new Suspension(0, _queue.Now.AddSeconds(10), "the node has just started");
        _queue.Restart();
        Assert.Empty(_queue.Take<QueueEffect.TakeBack>());
    }

    [Fact]
    public void A_message_whose_job_is_returned_stays_in_its_suspended_queue()
    {
        var id = Sent();
        _queue.Suspension = new Suspension(3, null, "");
        _queue.Do(new QueueCommand.SuspensionChanged()).TakeJobs();
        _queue.End(id, 1, AttemptResult.NotAttempted).Grant(10);
        Assert.Empty(_queue.TakeJobs());
        _queue.Suspension = null;
        _queue.Do(new QueueCommand.SuspensionChanged()).Route().Grant(10);
        Assert.Equal(new DeliveryJob(id, 2, RecipientSet.All(1)), Assert.Single(_queue.TakeJobs()));
    }

    [Theory]
    [InlineData(MessageAction.Hold)]
    [InlineData(MessageAction.Bounce)]
    [InlineData(MessageAction.Delete)]
    public void An_action_takes_the_jobs_of_its_messages_back(MessageAction action)
    {
        var id = Sent();
        Sent();
        _queue.Act(7, action, id);
        var taken = Assert.Single(_queue.Take<QueueEffect.TakeBack>());
        Assert.Equal((Destination, id), (taken.Destination, Assert.Single(taken.Messages)));
        _queue.End(id, 1, AttemptResult.NotAttempted);
        Assert.Equal((1, true), Progress());
    }

    [Fact]
    public void A_retry_leaves_messages_on_hold_alone_and_counts_them()
    {
        var id = Waiting();
        Waiting();
        _queue.Act(7, MessageAction.Hold, id);
        _queue.Act(8, MessageAction.Retry);
        var progress = _queue.Take<QueueEffect.ReportAction>()[^1].Progress;
        Assert.Equal((1, 1, 0), (progress.Messages, progress.Held, progress.Suspended));
        Assert.True(_queue.State.Find(id)!.IsHeld);
    }

    [Fact]
    public void A_retry_of_a_suspended_queue_counts_the_messages_that_wait_all_the_same()
    {
        Waiting();
        _queue.Suspension = new Suspension(3, null, "");
        _queue.Act(7, MessageAction.Retry);
        var progress = _queue.Take<QueueEffect.ReportAction>()[^1].Progress;
        Assert.Equal((1, 0, 1), (progress.Messages, progress.Held, progress.Suspended));
    }

    [Fact]
    public void A_withdrawn_action_is_not_applied_to_further_messages_and_they_are_sent()
    {
        var inFlight = Sent();
        for (var i = 0; i < 700; i++) Waiting();
        _queue.Act(7, MessageAction.Hold);
        Assert.Equal(500, _queue.State.Held);
        _queue.Do(new QueueCommand.Withdraw(new WithdrawAction(Queue, 7)));
        while (_queue.Machine.NextWake(_queue.Now) <= _queue.Now) _queue.Do(new QueueCommand.Tick());
        Assert.Equal(500, _queue.State.Held);
        _queue.TakeJobs();
        _queue.Grant(1000);
        Assert.Equal(101, _queue.TakeJobs().Count);
        _queue.End(inFlight, 1, Deferred(0));
        Assert.False(_queue.State.Find(inFlight)!.IsHeld);
    }

    [Fact]
    public void An_order_that_nobody_repeats_is_dropped()
    {
        var id = Sent();
        _queue.Act(7, MessageAction.Hold);
        _queue.After(OrderedActions.Silence + TimeSpan.FromSeconds(1));
        _queue.End(id, 1, Deferred(0));
        Assert.False(_queue.State.Find(id)!.IsHeld);
        Assert.True(_queue.Machine.NextWake(_queue.Now) > _queue.Now);
    }
}
