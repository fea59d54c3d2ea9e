using Akka.Actor;
using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Persistence;
using Postfleet.Core.Clocks;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Entity;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.Messages;
using Postfleet.QueueActors.Tests.State;
using Postfleet.Spool.Common;
using Xunit;

namespace Postfleet.QueueActors.Tests;

/// <summary>Restarts, journal failures and damaged events.</summary>
public sealed class QueueRecoveryTests : DomainQueueFixture
{
    /// <summary>
    /// The process or the journal was suspended: the queue may have another owner by now, which has made the attempt and continued.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Jobs_whose_row_took_long_are_sent_only_while_the_queue_is_still_owned(bool isLost)
    {
        Offer(1);
        ExpectMsg<Enqueued>();
        _destinations.ExpectMsg<RequestCredit>();
        _journal.Hold();
        Grant(1);
        AwaitCondition(() => _journal.Writes == 2, TimeSpan.FromSeconds(10), TimeSpan.FromMilliseconds(5));
        await PassAsync(TimeSpan.FromSeconds(6));
        Watch(_queue);
        if (isLost) _journal.FailAfterRelease(new IOException("duplicate key"));
        _journal.Release();
        if (!isLost)
        {
            Assert.Single(ExpectJobs().Jobs);
            Assert.IsType<OwnershipTaken>(((QueueEventBatch)_journal.Read(Id, Sys.Serialization)[^1]).Events[^1]);
            return;
        }

        ExpectTerminated(_queue, TimeSpan.FromSeconds(10));
        _destinations.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public async Task A_started_attempt_is_sent_again_with_its_number_after_a_restart()
    {
        Deliver(1);
        await RestartAsync();
        var again = ExpectJobs();
        Assert.Equal(new DeliveryJob(Message(1), 1, RecipientSet.All(1)), Assert.Single(again.Jobs));
        Assert.Equal(QueueDriver.Destination, again.Destination);
        var events = _journal.Read(Id, Sys.Serialization).Cast<QueueEventBatch>().SelectMany(batch => batch.Events).ToList();
        Assert.IsType<OwnershipTaken>(events[^1]);
        Assert.Contains(_log.Lines, line => line.Id == 2001);
    }

    [Fact]
    public async Task A_journal_failure_stops_the_queue_without_replies()
    {
        Watch(_queue);
        _journal.WriteFails = new IOException("the disk is away");
        Offer(1);
        ExpectTerminated(_queue, TimeSpan.FromSeconds(10));
        ExpectNoMsg(TimeSpan.Zero);
        Assert.Equal(0, _routes.Asked);
        Assert.Contains(_log.Lines, line => line.Id == 2005);
        Assert.False(_stats.Queues.ContainsKey(Queue));
        _journal.WriteFails = null;
        await RestartAsync();
        Offer(1);
        Assert.Equal([Message(1)], ExpectMsg<Enqueued>().Messages);
    }

    /// <summary>
    /// A shard restarts an entity with its next message: without a pause, a failing journal would be queried for all queues many times a
    /// second.
    /// </summary>
    [Fact]
    public async Task A_queue_whose_recovery_failed_pauses_and_drops_messages()
    {
        Offer(1);
        ExpectMsg<Enqueued>();
        Watch(_queue);
        _queue.Tell(StopQueue.Instance);
        ExpectTerminated(_queue, TimeSpan.FromSeconds(10));
        _journal.ReadFails = new IOException("the journal is away");
        _queue = Watch(Start());
        ExpectTerminated(_queue, TimeSpan.FromSeconds(10));
        Assert.Contains(_log.Lines, line => line.Text.Contains("cannot be recovered", StringComparison.Ordinal));
        _journal.ReadFails = null;
        Store(2);
        _queue = Watch(Start());
        Offer(2);
        await VirtualTime.SyncAsync(_queue);
        ExpectNoMsg(TimeSpan.Zero);
        _time.Advance(TimeSpan.FromSeconds(1));
        ExpectTerminated(_queue, TimeSpan.FromSeconds(10));
        _queue = Start();
        Offer(2);
        Assert.Equal([Message(2)], ExpectMsg<Enqueued>().Messages);
    }

    /// <summary>New mail for an unknown domain must not query the spool merely because the queue may have existed long ago.</summary>
    [Fact]
    public async Task A_queue_without_rows_begins_above_the_floor_and_checks_only_old_offers()
    {
        _journal.Floor = (1000, new NoRowsKept(_time.GetUtcNow() - TimeSpan.FromHours(23)));
        await RestartAsync();
        Offer(1);
        Assert.Equal([Message(1)], ExpectMsg<Enqueued>().Messages);
        Assert.Equal(1001, Assert.Single(_journal.Rows(Id, 0, long.MaxValue)).SequenceNr);
        // Settled long ago, so its row is gone.
        _queue.Tell(new Enqueue(Queue, [Offered(2, TimeSpan.FromHours(24))]), TestActor);
        Assert.Equal([Message(2)], ExpectMsg<Enqueued>().Messages);
        Assert.Equal([Message(1)], Replay().Entries.Select(entry => entry.Message));
        Assert.Equal(1, _stats.Queues[Queue].Messages);
    }

    /// <summary>After damage in storage the queue continues with the intact events and asks the spool for the lost mail.</summary>
    [Fact]
    public async Task A_damaged_event_is_skipped_and_its_mail_is_offered_again()
    {
        Offer(1);
        ExpectMsg<Enqueued>();
        Offer(2);
        ExpectMsg<Enqueued>();
        _journal.Damage(Id, 1);
        var isAway = true;
        _spool.Before = call =>
        {
            if (call.Method != nameof(IPartLedger.ReofferAsync) || !isAway) return default;
            isAway = false;
            throw new SpoolUnavailableException("the storage is away");
        };
        await RestartAsync();
        AwaitAssert(() => Assert.Contains(
            _log.Lines, line => line.Id == 2018 && line.Text.Contains("event 1 of", StringComparison.Ordinal)
                && line.Text.Contains("////", StringComparison.Ordinal)));
        Assert.Equal([Message(2)], Replay().Entries.Select(entry => entry.Message));

        // The spool did not respond, so the rows remain in the journal until it does.
        Assert.IsType<UnreadableRow>(_journal.Read(Id, Sys.Serialization)[0]);
        // The pause begins when the failure has returned.
        await AwaitAssertAsync(async () =>
        {
            await PassAsync(TimeSpan.FromSeconds(5));
            Assert.Equal([Queue], _spool.Reoffered);
        });
        AwaitAssert(() => Assert.DoesNotContain(_journal.Read(Id, Sys.Serialization), row => row is UnreadableRow));
        Store(1);
        Offer(1);
        Assert.Equal([Message(1)], ExpectMsg<Enqueued>().Messages);
        Assert.Equal([Message(2), Message(1)], Replay().Entries.Select(entry => entry.Message));
    }

    [Theory]
    [InlineData(-2)]
    [InlineData(2)]
    public async Task Deferred_mail_is_retried_after_its_pause_although_the_wall_clock_is_set(int hours)
    {
        _services = _services! with { Time = new SteadyTimeProvider(_time) };
        await RestartAsync();
        Deliver(1);
        _queue.Tell(
            new Outcomes(Queue, QueueDriver.Destination,
                [new JobOutcome(Message(1), 1, AttemptResult.Attempted, [QueueDriver.Deferred(0)])]), _destinations);
        _destinations.FishForMessage<OutcomesAcknowledged>(_ => true, TimeSpan.FromSeconds(10));
        AwaitAssert(() => Assert.Equal(1, _stats.Queues[Queue].Deferred));

        _time.WallClockStep = TimeSpan.FromHours(hours);
        await PassAsync(RetryDelay - TimeSpan.FromSeconds(1));
        Assert.Equal(1, _stats.Queues[Queue].Deferred);
        await PassAsync(TimeSpan.FromSeconds(1));
        _destinations.FishForMessage<RequestCredit>(_ => true, TimeSpan.FromSeconds(10));
        Grant(1);
        Assert.Equal(2, Assert.Single(ExpectJobs().Jobs).Attempt);
    }
}
