using Akka.Actor;
using Postfleet.Contracts.Messages;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Entity;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.Messages;
using Postfleet.QueueActors.Tests.State;
using Xunit;

namespace Postfleet.QueueActors.Tests;

/// <summary>Compaction, and what happens to the rows of an empty queue.</summary>
public sealed class QueuePassivationTests : DomainQueueFixture
{
    [Fact]
    public async Task Compaction_preserves_the_state()
    {
        Offer([.. Enumerable.Range(0, 400)]);
        Offer([.. Enumerable.Range(400, 400)]);
        for (var i = 0; i < 2; i++) ExpectMsg<Enqueued>();
        _destinations.ExpectMsg<RequestCredit>();
        Grant(300);
        var jobs = ExpectJobs().Jobs;
        Assert.Equal(300, jobs.Count);
        foreach (var chunk in jobs.Chunk(Outcomes.MaxJobs))
        {
            var ended = chunk.Select(job => new JobOutcome(job.Message, job.Attempt, AttemptResult.Attempted, [QueueDriver.Delivered(0)]));
            _queue.Tell(new Outcomes(Queue, QueueDriver.Destination, [.. ended]), _destinations);
        }

        // The checkpoint is written, and all rows before it are deleted.
        AwaitAssert(() => Assert.IsType<CheckpointPiece>(_journal.Read(Id, Sys.Serialization)[0]));
        Assert.Contains(_journal.Read(Id, Sys.Serialization), row => row is CheckpointPiece { IsLast: true });
        AwaitAssert(() => Assert.Equal(500, _stats.Queues[Queue].Messages));
        AwaitAssert(() => Assert.Equal(300, _settler.Reports.Select(report => report.Message).Distinct().Count()));
        var before = Replay();
        Assert.Equal(500, before.Entries.Count);
        await RestartAsync();
        AwaitAssert(() => Assert
            .Equal((500, 500, 0), (_stats.Queues[Queue].Messages, _stats.Queues[Queue].Recipients, _stats.Queues[Queue].InFlight)));
        Assert.Equal(QueueDriver.Describe(before), QueueDriver.Describe(Replay()));
        // Offered again, the messages in the queue are known.
        Offer([.. before.Entries.Select(entry => (int)entry.Message.Low - 1)]);
        Assert.Equal(500, ExpectMsg<Enqueued>().Messages.Count);
        Assert.Equal(500, Replay().Entries.Count);
    }

    [Fact]
    public async Task An_empty_queue_deletes_its_rows_and_passivates()
    {
        await EmptyAsync();
        await PassAsync(IdleTimeout - TimeSpan.FromSeconds(1));
        Assert.NotEqual(0, _journal.Count(Id));
        await PassAsync(TimeSpan.FromSeconds(1));
        Assert.IsType<StopQueue>(ExpectPassivate().StopMessage);
        AwaitAssert(() => Assert.Equal(0, _journal.Count(Id)));
        Watch(_queue);
        _queue.Tell(StopQueue.Instance);
        ExpectTerminated(_queue, TimeSpan.FromSeconds(10));
        _shard.ExpectNoMsg(TimeSpan.Zero);
        Assert.False(_stats.Queues.ContainsKey(Queue));
        // Sequence numbers continue: an old row can never be mistaken for a new one.
        await RestartAsync();
        // A new owner cannot know what was settled before it, and asks the spool.
        Store(2);
        Offer(2);
        ExpectMsg<Enqueued>();
        Assert.True(_journal.Rows(Id, 0, long.MaxValue)[0].SequenceNr > 1);
    }

    /// <summary>The shard forgets a passivating queue: mail that arrived meanwhile would wait until the domain gets new mail.</summary>
    [Fact]
    public async Task Mail_during_passivation_restarts_the_queue()
    {
        await EmptyAsync();
        await PassAsync(IdleTimeout);
        ExpectPassivate();
        Offer(2);
        ExpectMsg<Enqueued>();
        Watch(_queue);
        _queue.Tell(StopQueue.Instance);
        Assert.Empty(_shard.FishForMessage<Enqueue>(_ => true).Parts);
        ExpectTerminated(_queue, TimeSpan.FromSeconds(10));
        Assert.Equal([Message(2)], Replay().Entries.Select(entry => entry.Message));
    }

    /// <summary>Rows left behind would remain until the domain gets new mail.</summary>
    [Fact]
    public async Task Mail_that_arrived_and_left_during_passivation_restarts_the_queue()
    {
        await EmptyAsync();
        await PassAsync(IdleTimeout);
        ExpectPassivate();
        Store(2);
        Offer(2);
        ExpectMsg<Enqueued>();
        Grant(1);
        ExpectJobs();
        _queue.Tell(Delivered(2, 1), _destinations);
        _destinations.FishForMessage<OutcomesAcknowledged>(_ => true, TimeSpan.FromSeconds(10));
        AwaitAssert(() => Assert.Equal(2, _settler.Reports.Count));
        for (var i = 0; i < 2; i++) await VirtualTime.SyncAsync(_queue);
        Watch(_queue);
        _queue.Tell(StopQueue.Instance);
        Assert.Empty(_shard.FishForMessage<Enqueue>(_ => true).Parts);
        ExpectTerminated(_queue, TimeSpan.FromSeconds(10));
        Assert.NotEqual(0, _journal.Count(Id));
    }

    [Fact]
    public async Task The_checkpoint_of_an_empty_queue_is_deleted()
    {
        Offer([.. Enumerable.Range(0, 500)]);
        ExpectMsg<Enqueued>();
        _destinations.ExpectMsg<RequestCredit>();
        Grant(500);
        foreach (var chunk in ExpectJobs().Jobs.Chunk(Outcomes.MaxJobs))
        {
            var ended = chunk.Select(job => new JobOutcome(job.Message, job.Attempt, AttemptResult.Attempted, [QueueDriver.Delivered(0)]));
            _queue.Tell(new Outcomes(Queue, QueueDriver.Destination, [.. ended]), _destinations);
        }

        // The events outnumber the messages while the last reports are still with the spool: the checkpoint contains the reports.
        AwaitAssert(() => Assert.IsType<CheckpointPiece>(_journal.Read(Id, Sys.Serialization)[0]));
        AwaitAssert(() => Assert.Equal(500, _settler.Reports.Select(report => report.Message).Distinct().Count()));
        for (var i = 0; i < 3; i++) await VirtualTime.SyncAsync(_queue);
        await PassAsync(IdleTimeout);
        ExpectPassivate();
        AwaitAssert(() => Assert.Equal(0, _journal.Count(Id)));
    }

    /// <summary>
    /// The state of the site would be lost with the last row, and no component would delete that row later if the queue slept before.
    /// </summary>
    [Fact]
    public async Task An_empty_queue_keeps_its_rows_until_the_pause_of_its_site_ends()
    {
        Deliver(1);
        _queue.Tell(
            new SiteUnavailable(Queue, QueueDriver.Destination, TimeSpan.FromHours(2), QueueDriver.Deferred(0).Reply), _destinations);
        _queue.Tell(
            new Outcomes(Queue, QueueDriver.Destination, [new JobOutcome(Message(1), 1, AttemptResult.PartGone, [])]), _destinations);
        _destinations.FishForMessage<OutcomesAcknowledged>(_ => true, TimeSpan.FromSeconds(10));
        await PassAsync(IdleTimeout);
        await PassAsync(IdleTimeout);
        _shard.ExpectNoMsg(TimeSpan.Zero);
        Assert.Equal(1, Replay().SiteFailures);

        await RestartAsync();
        await PassAsync(IdleTimeout);
        _shard.ExpectNoMsg(TimeSpan.Zero);
        Assert.Equal(1, Replay().SiteFailures);

        await PassAsync(TimeSpan.FromHours(2));
        await PassAsync(IdleTimeout);
        ExpectPassivate();
        AwaitAssert(() => Assert.Equal(0, _journal.Count(Id)));
    }

    [Fact]
    public async Task A_queue_with_mail_is_not_passivated()
    {
        Offer(1);
        ExpectMsg<Enqueued>();
        await PassAsync(IdleTimeout + IdleTimeout);
        _shard.ExpectNoMsg(TimeSpan.Zero);
    }
}
