using Akka.Actor;
using Akka.Cluster.Sharding;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Postfleet.Contracts.Messages;
using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Entity;
using Postfleet.QueueActors.Events;
using Postfleet.QueueActors.Messages;
using Postfleet.QueueActors.Settling;
using Postfleet.QueueActors.State;
using Postfleet.QueueActors.Tests.State;
using Postfleet.Testing;
using Postfleet.Testing.Fakes;
using Xunit;

namespace Postfleet.QueueActors.Tests;

/// <summary>A queue actor with a journal, a clock, a spool, routes and a settler that the test controls.</summary>
public abstract class DomainQueueFixture : TestKit
{
    private protected static readonly TimeSpan IdleTimeout = TimeSpan.FromMinutes(10);
    private protected static readonly TimeSpan RetryDelay = TimeSpan.FromMinutes(5);
    private protected static readonly TimeSpan BatchInterval = TimeSpan.FromMilliseconds(3);
    private protected static readonly QueueKey Queue = QueueDriver.Queue;
    private protected static readonly string Id = QueueIds.PersistenceId(Queue);

    private protected readonly VirtualTime _time;
    private protected readonly JournalControl _journal;
    private protected readonly MemorySpool _spool = new();
    private protected readonly FakeRoutes _routes = new();
    private protected readonly FakeSettler _settler = new();
    private protected readonly NodeStats _stats = new();
    private protected readonly RecordingLogger _log = new();
    private protected readonly TestProbe _destinations;
    private protected readonly TestProbe _shard;
    private protected IActorRef _queue;
    private protected QueueServices? _services;

    protected DomainQueueFixture()
        : base(SerializedMessages.Setup(VirtualTime.Config + TestJournal.Config))
    {
        _time = new VirtualTime((TestScheduler)Sys.Scheduler);
        _journal = JournalControl.Of(Sys);
        _destinations = CreateTestProbe();
        _shard = CreateTestProbe();
        _queue = Start();
    }

    /// <summary>The queue asks for credit whenever it has more to send, so also before the jobs of the first grant arrive.</summary>
    private protected Deliver ExpectJobs() => _destinations.FishForMessage<Deliver>(_ => true, TimeSpan.FromSeconds(10));

    private protected Passivate ExpectPassivate() => _shard.ExpectMsg<Passivate>(TimeSpan.FromSeconds(10));

    private protected async Task EmptyAsync()
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

    private protected void Deliver(int number)
    {
        Offer(number);
        ExpectMsg<Enqueued>();
        _destinations.ExpectMsg<RequestCredit>();
        Grant(1);
        ExpectJobs();
    }

    private protected void Store(int number) => _spool.Add(new PartId(Message(number), Queue), _time.GetUtcNow(), "x@a.test");

    private protected void Offer(params int[] numbers) =>
        _queue.Tell(new Enqueue(Queue, [.. numbers.Select(n => Offered(n))]), TestActor);

    private protected PartOffer Offered(int number, TimeSpan age = default) =>
        new(new(Message(number), 1, _time.GetUtcNow() - age), false);

    private protected void Grant(int credits) => _queue.Tell(new CreditGranted(Queue, QueueDriver.Destination, credits), _destinations);

    private protected static Outcomes Delivered(int number, int attempt) => new(
        Queue, QueueDriver.Destination, [new JobOutcome(Message(number), attempt, AttemptResult.Attempted, [QueueDriver.Delivered(0)])]);

    private protected QueueState Replay()
    {
        var state = new QueueState(new ReplyPool());
        foreach (var row in _journal.Read(Id, Sys.Serialization))
        {
            if (row is CheckpointPiece piece) state.Apply(piece);
            else if (row is QueueEventBatch batch) foreach (var e in batch.Events) state.Apply(e);
        }

        return state;
    }

    private protected IActorRef Start()
    {
        var rules = new QueueRules(QueueDriver.Lifetime, _ => RetryDelay, "node-1");
        _services ??= new QueueServices(
            _spool, _routes, _settler, () => _destinations.Ref, _stats, new(_ => rules), new LifecycleSettings(IdleTimeout, TimeSpan.Zero),
            _time, _log);
        return _shard.ChildActorOf(QueueProducer.Props(Queue, _services));
    }

    private protected async Task StartBusyAsync()
    {
        await StartPacedAsync();
        Offer(1, 2, 3, 4);
        Assert.Equal(4, ExpectMsg<Enqueued>().Messages.Count);
        _destinations.ExpectMsg<RequestCredit>();
    }

    private protected async Task StartPacedAsync()
    {
        _services = _services! with { Lifecycle = new LifecycleSettings(IdleTimeout, BatchInterval) };
        await RestartAsync();
        _time.Advance(BatchInterval);
    }

    private protected async Task RestartAsync()
    {
        var watcher = CreateTestProbe();
        watcher.Watch(_queue);
        _queue.Tell(StopQueue.Instance);
        watcher.ExpectTerminated(_queue, TimeSpan.FromSeconds(10));
        _queue = Start();
        await AwaitRecoveryAsync();
    }

    // Akka.Persistence limits the time of a recovery by the system's scheduler: time that a test lets pass meanwhile would end the
    // recovery. A recovering actor answers to Identify, so the first counts of the queue show the end.
    private async Task AwaitRecoveryAsync()
    {
        await Eventually.True(() => _stats.Queues.ContainsKey(Queue), TimeSpan.FromSeconds(10), "the queue has not recovered");
        await VirtualTime.SyncAsync(_queue);
    }

    private protected async Task PassAsync(TimeSpan time)
    {
        await VirtualTime.SyncAsync(_queue);
        _time.Advance(time);
        await VirtualTime.SyncAsync(_queue);
    }

    private protected static MessageId Message(int number) => MessageId.FromHalves(3, (ulong)number + 1);

    private protected sealed class Silent : UntypedActor
    {
        protected override void OnReceive(object message)
        {
        }
    }

    private protected sealed class FakeRoutes : IRouteResolver
    {
        private int _asked;

        public int Asked => Volatile.Read(ref _asked);

        public ValueTask<RouteDecision> ResolveAsync(QueueKey queue, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _asked);
            return ValueTask.FromResult<RouteDecision>(new RouteDecision.Deliver(QueueDriver.Target, TimeSpan.FromHours(1)));
        }
    }

    private protected sealed class FakeSettler : ISettler
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
