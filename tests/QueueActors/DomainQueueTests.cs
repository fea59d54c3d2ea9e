using Akka.Actor;
using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Entity;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.Messages;
using Postfleet.QueueActors.State;
using Postfleet.QueueActors.Tests.State;
using Xunit;

namespace Postfleet.QueueActors.Tests;

public sealed class DomainQueueTests : DomainQueueFixture
{
    [Fact]
    public void A_part_is_acknowledged_only_when_the_journal_holds_it()
    {
        _journal.Hold();
        Offer(1);
        AwaitCondition(() => _journal.Writes == 1, TimeSpan.FromSeconds(10), TimeSpan.FromMilliseconds(5));
        ExpectNoMsg(TimeSpan.FromMilliseconds(100));
        Assert.Equal(0, _routes.Asked);
        _journal.Release();
        Assert.Equal([Message(1)], ExpectMsg<Enqueued>().Messages);
        Assert.IsType<MessageEnqueued>(
            Assert.Single(Assert.IsType<QueueEventBatch>(Assert.Single(_journal.Read(Id, Sys.Serialization))).Events));
    }

    [Fact]
    public void A_queue_describes_itself_when_it_is_asked()
    {
        Deliver(1);
        _queue.Tell(new DescribeQueue(Queue, 10) { Message = Message(1) });
        var description = ExpectMsg<QueueDescription>();
        Assert.Equal((Queue, WaitingState.Sending), (description.Queue, Assert.Single(description.Messages).State));
    }

    [Fact]
    public void Messages_on_hold_are_counted_apart_and_outcomes_in_the_throughput()
    {
        Deliver(1);
        _queue.Tell(Delivered(1, 1), _destinations);
        _destinations.ExpectMsg<OutcomesAcknowledged>();
        Assert.Equal(1, _stats.Throughput.Delivered.Read(_time.GetUtcNow().AddSeconds(1)));
        Offer(2);
        ExpectMsg<Enqueued>();
        _queue.Tell(new ApplyAction(Queue, 7, MessageAction.Hold, _time.GetUtcNow().AddSeconds(1), [Message(2)], ""));
        Assert.True(FishForMessage<ActionProgress>(_ => true).IsComplete);
        AwaitAssert(() => Assert.Equal(
            (1, 1, 0, 0), (_stats.Queues[Queue].Messages, _stats.Queues[Queue].Held, _stats.Queues[Queue].Deferred,
                _stats.Queues[Queue].Due)));
    }

    [Fact]
    public async Task Commands_that_arrive_while_a_batch_is_persisted_form_one_batch()
    {
        _journal.Hold();
        for (var i = 1; i <= 20; i++) Offer(i);
        AwaitCondition(() => _journal.Writes == 1, TimeSpan.FromSeconds(10), TimeSpan.FromMilliseconds(5));
        // The commands are in the mailbox before this message, which the actor answers itself.
        await VirtualTime.SyncAsync(_queue);
        Assert.Equal(1, _journal.Writes);
        _journal.Release();
        for (var i = 1; i <= 20; i++) Assert.Equal([Message(i)], ExpectMsg<Enqueued>().Messages);
        AwaitAssert(() => Assert.Equal(20, _stats.Queues[Queue].Messages));
        Assert.Equal(
            [1, 19], _journal.Read(Id, Sys.Serialization).Take(2)
                .Select(row => ((QueueEventBatch)row).Events.OfType<MessageEnqueued>().Count()));
    }

    [Fact]
    public async Task Commands_that_arrive_shortly_after_a_batch_of_a_busy_queue_form_one_batch()
    {
        await StartBusyAsync();
        for (var i = 5; i <= 20; i++) Offer(i);
        await VirtualTime.SyncAsync(_queue);
        Assert.Equal(1, _journal.Writes);
        _time.Advance(BatchInterval);
        for (var i = 5; i <= 20; i++) Assert.Equal([Message(i)], ExpectMsg<Enqueued>(TimeSpan.FromSeconds(10)).Messages);
        Assert.Equal(
            [4, 16], _journal.Read(Id, Sys.Serialization).Take(2)
                .Select(row => ((QueueEventBatch)row).Events.OfType<MessageEnqueued>().Count()));
    }

    [Fact]
    public async Task A_single_message_is_not_delayed_by_pacing()
    {
        await StartPacedAsync();
        Deliver(1);
        _queue.Tell(Delivered(1, 1), _destinations);
        _destinations.FishForMessage<OutcomesAcknowledged>(_ => true, TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_full_batch_is_not_delayed_by_pacing()
    {
        await StartBusyAsync();
        for (var i = 5; i <= BatchPacer.FullBatch + 5; i++) Offer(i);
        for (var i = 5; i <= BatchPacer.FullBatch; i++) Assert.Equal([Message(i)], ExpectMsg<Enqueued>(TimeSpan.FromSeconds(10)).Messages);
    }

    [Fact]
    public async Task A_stopping_queue_records_the_commands_that_wait_for_their_batch()
    {
        await StartBusyAsync();
        Offer(5);
        await VirtualTime.SyncAsync(_queue);
        Assert.Equal(4, Replay().Entries.Count);
        Watch(_queue);
        _queue.Tell(StopQueue.Instance);
        Assert.Equal([Message(5)], ExpectMsg<Enqueued>(TimeSpan.FromSeconds(10)).Messages);
        ExpectTerminated(_queue, TimeSpan.FromSeconds(10));
        Assert.Equal(5, Replay().Entries.Count);
    }

    [Fact]
    public void Jobs_are_sent_when_their_start_is_durable()
    {
        Offer(1);
        ExpectMsg<Enqueued>();
        Assert.Equal(1, _destinations.ExpectMsg<RequestCredit>().Jobs);
        _journal.Hold();
        Grant(1);
        AwaitCondition(() => _journal.Writes == 2, TimeSpan.FromSeconds(10), TimeSpan.FromMilliseconds(5));
        _destinations.ExpectNoMsg(TimeSpan.FromMilliseconds(100));
        _journal.Release();
        Assert.Equal(new DeliveryJob(Message(1), 1, RecipientSet.All(1)), Assert.Single(ExpectJobs().Jobs));
    }

    [Fact]
    public void A_delivered_message_is_settled_and_its_outcome_acknowledged_once_durable()
    {
        Deliver(1);
        _journal.Hold();
        var outcomes = Delivered(1, attempt: 1);
        _queue.Tell(outcomes, _destinations);
        _destinations.ExpectNoMsg(TimeSpan.FromMilliseconds(100));
        Assert.Empty(_settler.Reports);
        _journal.Release();
        Assert.Equal([new AttemptId(Message(1), 1)], _destinations.ExpectMsg<OutcomesAcknowledged>().Attempts);
        AwaitAssert(() => Assert.True(Assert.Single(_settler.Reports).IsFinal));
        AwaitAssert(() => Assert.Equal(0, _stats.Queues[Queue].Messages));
        // A repeated outcome is acknowledged without effect.
        _queue.Tell(outcomes, _destinations);
        _destinations.ExpectMsg<OutcomesAcknowledged>();
        Assert.Single(_settler.Reports);
    }

    [Fact]
    public async Task The_jobs_of_a_terminated_destination_are_sent_again()
    {
        var destination = Sys.ActorOf(Props.Create(() => new Silent()));
        Offer(1);
        ExpectMsg<Enqueued>();
        _destinations.ExpectMsg<RequestCredit>();
        _queue.Tell(new CreditGranted(Queue, QueueDriver.Destination, 1), destination);
        ExpectJobs();
        await VirtualTime.SyncAsync(_queue);
        Sys.Stop(destination);
        Assert.Equal(new DeliveryJob(Message(1), 1, RecipientSet.All(1)), Assert.Single(ExpectJobs().Jobs));
    }

    [Fact]
    public async Task A_queue_stopped_during_a_write_completes_only_that_write()
    {
        Watch(_queue);
        _journal.Hold();
        Offer(1);
        AwaitCondition(() => _journal.Writes == 1, TimeSpan.FromSeconds(10), TimeSpan.FromMilliseconds(5));
        Offer(2);
        _queue.Tell(StopQueue.Instance);
        await VirtualTime.SyncAsync(_queue);
        _journal.Release();
        Assert.Equal([Message(1)], ExpectMsg<Enqueued>().Messages);
        ExpectTerminated(_queue, TimeSpan.FromSeconds(10));
        Assert.Equal(1, _journal.Count(Id));
        _shard.ExpectNoMsg(TimeSpan.Zero);
    }
}
