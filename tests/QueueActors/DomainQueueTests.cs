using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Persistence;
using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Clocks;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Entity;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.Settling;
using Postfleet.QueueActors.State;
using Postfleet.QueueActors.Tests.State;
using Xunit;

namespace Postfleet.QueueActors.Tests;

public sealed class DomainQueueTests : TestKit
{
    private static readonly TimeSpan IdleTimeout = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan BatchInterval = TimeSpan.FromMilliseconds(3);
    private static readonly QueueKey Queue = QueueDriver.Queue;
    private static readonly string Id = QueueIds.PersistenceId(Queue);

    private readonly VirtualTime _time;
    private readonly JournalControl _journal;
    private readonly FakeSpool _spool = new();
    private readonly FakeRoutes _routes = new();
    private readonly FakeSettler _settler = new();
    private readonly NodeStats _stats = new();
    private readonly RecordingLogger _log = new();
    private readonly TestProbe _destinations;
    private readonly TestProbe _shard;
    private IActorRef _queue;
    private QueueServices? _services;

    public DomainQueueTests()
        : base(SerializedMessages.Setup(VirtualTime.Config + TestJournal.Config))
    {
        _time = new VirtualTime((TestScheduler)Sys.Scheduler);
        _journal = JournalControl.Of(Sys);
        _destinations = CreateTestProbe();
        _shard = CreateTestProbe();
        _queue = Start();
    }

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
        _spool.Existing[Message(2)] = true;
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
        _spool.ReofferFailures = 1;
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
        _spool.Existing[Message(1)] = true;
        Offer(1);
        Assert.Equal([Message(1)], ExpectMsg<Enqueued>().Messages);
        Assert.Equal([Message(2), Message(1)], Replay().Entries.Select(entry => entry.Message));
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
        _spool.Existing[Message(2)] = true;
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
        _spool.Existing[Message(2)] = true;
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

    [Fact]
    public async Task A_queue_with_mail_is_not_passivated()
    {
        Offer(1);
        ExpectMsg<Enqueued>();
        await PassAsync(IdleTimeout + IdleTimeout);
        _shard.ExpectNoMsg(TimeSpan.Zero);
    }

    /// <summary>The queue asks for credit whenever it has more to send, so also before the jobs of the first grant arrive.</summary>
    private Deliver ExpectJobs() => _destinations.FishForMessage<Deliver>(_ => true, TimeSpan.FromSeconds(10));

    private Passivate ExpectPassivate() => _shard.ExpectMsg<Passivate>(TimeSpan.FromSeconds(10));

    private async Task EmptyAsync()
    {
        Deliver(1);
        _queue.Tell(Delivered(1, 1), _destinations);
        _destinations.ExpectMsg<OutcomesAcknowledged>();
        AwaitAssert(() => Assert.Single(_settler.Reports));
        AwaitAssert(() => Assert.Equal(0, _stats.Queues[Queue].Messages));
        await _settler.Answered.Task.WaitAsync(TimeSpan.FromSeconds(10));
        // The settler's result reaches the queue through a task; the queue is idle when its timer is set.
        await VirtualTime.SyncAsync(_queue);
        await VirtualTime.SyncAsync(_queue);
    }

    private void Deliver(int number)
    {
        Offer(number);
        ExpectMsg<Enqueued>();
        _destinations.ExpectMsg<RequestCredit>();
        Grant(1);
        ExpectJobs();
    }

    private void Offer(params int[] numbers) => _queue.Tell(new Enqueue(Queue, [.. numbers.Select(n => Offered(n))]), TestActor);

    private PartOffer Offered(int number, TimeSpan age = default) => new(new(Message(number), 1, _time.GetUtcNow() - age), false);

    private void Grant(int credits) => _queue.Tell(new CreditGranted(Queue, QueueDriver.Destination, credits), _destinations);

    private static Outcomes Delivered(int number, int attempt) => new(
        Queue, QueueDriver.Destination, [new JobOutcome(Message(number), attempt, AttemptResult.Attempted, [QueueDriver.Delivered(0)])]);

    private QueueState Replay()
    {
        var state = new QueueState(new ReplyPool());
        foreach (var row in _journal.Read(Id, Sys.Serialization))
        {
            if (row is CheckpointPiece piece) state.Apply(piece);
            else if (row is QueueEventBatch batch) foreach (var e in batch.Events) state.Apply(e);
        }

        return state;
    }

    private IActorRef Start()
    {
        var rules = new QueueRules(QueueDriver.Lifetime, _ => RetryDelay, "node-1");
        _services ??= new QueueServices(
            _spool, _routes, _settler, () => _destinations.Ref, _stats, _ => rules, new LifecycleSettings(IdleTimeout, TimeSpan.Zero),
            _time, _log);
        return _shard.ChildActorOf(QueueProducer.Props(Queue, _services));
    }

    private async Task StartBusyAsync()
    {
        await StartPacedAsync();
        Offer(1, 2, 3, 4);
        Assert.Equal(4, ExpectMsg<Enqueued>().Messages.Count);
        _destinations.ExpectMsg<RequestCredit>();
    }

    private async Task StartPacedAsync()
    {
        _services = _services! with { Lifecycle = new LifecycleSettings(IdleTimeout, BatchInterval) };
        await RestartAsync();
        _time.Advance(BatchInterval);
    }

    private async Task RestartAsync()
    {
        var watcher = CreateTestProbe();
        watcher.Watch(_queue);
        _queue.Tell(StopQueue.Instance);
        watcher.ExpectTerminated(_queue, TimeSpan.FromSeconds(10));
        _queue = Start();
        await VirtualTime.SyncAsync(_queue);
    }

    private async Task PassAsync(TimeSpan time)
    {
        await VirtualTime.SyncAsync(_queue);
        _time.Advance(time);
        await VirtualTime.SyncAsync(_queue);
    }

    private static MessageId Message(int number) => MessageId.FromHalves(3, (ulong)number + 1);

    private sealed class Silent : UntypedActor
    {
        protected override void OnReceive(object message)
        {
        }
    }

    private sealed class FakeRoutes : IRouteResolver
    {
        private int _asked;

        public int Asked => Volatile.Read(ref _asked);

        public ValueTask<RouteDecision> ResolveAsync(QueueKey queue, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _asked);
            return ValueTask.FromResult<RouteDecision>(new RouteDecision.Deliver(QueueDriver.Target, TimeSpan.FromHours(1)));
        }
    }

    private sealed class FakeSettler : ISettler
    {
        private readonly System.Collections.Concurrent.ConcurrentQueue<SettlementRequest> _reports = new();

        public IReadOnlyCollection<SettlementRequest> Reports => _reports;

        public TaskCompletionSource Answered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ValueTask<IReadOnlyList<AttemptId>> SettleAsync(
            QueueKey queue, IReadOnlyList<SettlementRequest> reports, CancellationToken cancellationToken)
        {
            foreach (var report in reports) _reports.Enqueue(report);
            Answered.TrySetResult();
            return ValueTask.FromResult<IReadOnlyList<AttemptId>>(
                [.. reports.Select(report => new AttemptId(report.Message, report.Attempt))]);
        }
    }
}
