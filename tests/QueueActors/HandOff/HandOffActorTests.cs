using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit2;
using Microsoft.Extensions.Logging.Abstractions;
using Postfleet.Core.Clocks;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.HandOff;
using Postfleet.QueueActors.Messages;
using Xunit;

namespace Postfleet.QueueActors.Tests.HandOff;

public sealed class HandOffActorTests : TestKit
{
    private static readonly QueueKey Queue = QueueKey.FromTrusted("default:a.test");

    private readonly HandOffClient _client;
    private readonly VirtualTime _time;
    private readonly TestProbe _queues;
    private readonly IActorRef _actor;

    public HandOffActorTests()
        : base(SerializedMessages.Setup(VirtualTime.Config))
    {
        _time = new VirtualTime((TestScheduler)Sys.Scheduler);
        _client = new HandOffClient(_time);
        _queues = CreateTestProbe();
        _actor = StartActor(_client);
    }

    [Fact]
    public async Task A_part_is_offered_at_once_and_again_until_its_queue_acknowledges_it()
    {
        _client.Offer([Part(1)]);
        Assert.False(Assert.Single(_queues.ExpectMsg<Enqueue>().Parts).IsRepeat);
        await PassAsync(TimeSpan.FromSeconds(1));
        Assert.True(Assert.Single(_queues.ExpectMsg<Enqueue>().Parts).IsRepeat);
        _actor.Tell(new Enqueued(Queue, [Id(1)]));
        await PassAsync(TimeSpan.FromMinutes(1));
        _queues.ExpectNoMsg(TimeSpan.Zero);
    }

    /// <summary>
    /// A node that the cluster has removed creates a new actor system. Its sessions have continued, and their mail must not wait for the
    /// sweeper.
    /// </summary>
    [Fact]
    public async Task Parts_left_by_an_actor_are_offered_at_once_by_the_next_actor_as_repeats()
    {
        _client.Offer([Part(1), Part(2)]);
        _queues.ExpectMsg<Enqueue>();
        _actor.Tell(new Enqueued(Queue, [Id(1)]));
        await _actor.GracefulStop(RemainingOrDefault);
        StartActor(_client);
        var offer = Assert.Single(_queues.ExpectMsg<Enqueue>().Parts);
        Assert.Equal((Id(2), true), (offer.Message, offer.IsRepeat));
    }

    [Fact]
    public async Task Parts_offered_to_an_ended_actor_are_offered_by_the_next_actor()
    {
        await _actor.GracefulStop(RemainingOrDefault);
        // The wake-up goes to the actor that has ended.
        _client.Offer([Part(1)]);
        StartActor(_client);
        Assert.Equal(Id(1), Assert.Single(_queues.ExpectMsg<Enqueue>().Parts).Message);
        _client.Offer([Part(2)]);
        Assert.Equal(Id(2), Assert.Single(_queues.ExpectMsg<Enqueue>().Parts).Message);
    }

    [Fact]
    public async Task The_pauses_grow_and_after_its_time_the_part_is_left_to_the_sweeper()
    {
        _client.Offer([Part(1)]);
        _queues.ExpectMsg<Enqueue>();
        var seconds = new List<int>();
        for (var second = 1; second <= 400; second++)
        {
            await PassAsync(TimeSpan.FromSeconds(1));
            if (_queues.HasMessages)
            {
                _queues.ExpectMsg<Enqueue>();
                seconds.Add(second);
            }
        }

        Assert.Equal([1, 3, 7, 15, 31, 61, 91], seconds);
    }

    /// <summary>Its first offer may be lost while the actor waits half a minute for another part's turn.</summary>
    [Fact]
    public async Task A_new_part_does_not_wait_for_the_pause_of_an_old_one()
    {
        _client.Offer([Part(1)]);
        for (var second = 0; second < 35; second++) await PassAsync(TimeSpan.FromSeconds(1));
        while (_queues.HasMessages) _queues.ExpectMsg<Enqueue>();
        _client.Offer([Part(2)]);
        Assert.Equal(Id(2), Assert.Single(_queues.ExpectMsg<Enqueue>().Parts).Message);
        await PassAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(Id(2), Assert.Single(_queues.ExpectMsg<Enqueue>().Parts).Message);
    }

    [Fact]
    public void A_burst_of_parts_is_gathered_by_queue()
    {
        var other = QueueKey.FromTrusted("default:b.test");
        var client = new HandOffClient(TimeProvider.System);
        client.Offer([Part(1), new PendingPart(other, new QueuedPart(Id(2), 3, DateTimeOffset.UnixEpoch)), Part(3)]);
        StartActor(client);
        var offers = new[] { _queues.ExpectMsg<Enqueue>(), _queues.ExpectMsg<Enqueue>() }.OrderBy(offer => offer.Queue).ToList();
        Assert.Equal([Id(1), Id(3)], offers[0].Parts.Select(part => part.Message));
        Assert.Equal([new PartOffer(new QueuedPart(Id(2), 3, DateTimeOffset.UnixEpoch), false)], offers[1].Parts);
        _queues.ExpectNoMsg(TimeSpan.Zero);
    }

    /// <summary>
    /// Repeated offers would accumulate in the region and overload the first queue nodes to return.
    /// </summary>
    [Fact]
    public async Task Parts_wait_while_no_queue_node_can_be_reached_and_are_then_sent_together()
    {
        var isOpen = false;
        var client = new HandOffClient(TimeProvider.System);
        var actor = StartActor(client, () => Volatile.Read(ref isOpen));
        client.Offer([Part(1)]);
        for (var second = 0; second < 10; second++) await PassAsync(TimeSpan.FromSeconds(1), actor);
        client.Offer([Part(2)]);
        await PassAsync(TimeSpan.FromSeconds(1), actor);
        Assert.False(_queues.HasMessages);
        Volatile.Write(ref isOpen, true);
        await PassAsync(TimeSpan.FromSeconds(1), actor);
        var offer = _queues.ExpectMsg<Enqueue>();
        Assert.Equal([Id(1), Id(2)], offer.Parts.Select(part => part.Message));
        Assert.DoesNotContain(offer.Parts, part => part.IsRepeat);
        _queues.ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public async Task Clients_wait_while_queues_are_behind_with_parts_that_are_not_repeated()
    {
        var isOpen = false;
        var client = new HandOffClient(_time);
        var actor = StartActor(client, () => Volatile.Read(ref isOpen));
        var parts = Enumerable.Range(1, Parts.Pressed + 1).Select(Part).ToArray();
        client.Offer(parts);
        // The actor takes these parts in several turns, at least one turn for each answer.
        for (var turn = 0; turn < 5; turn++) await VirtualTime.SyncAsync(actor);
        await PassAsync(TimeSpan.FromSeconds(1), actor);
        Assert.False(client.Gate.IsClosed, "no queue can be reached");

        Volatile.Write(ref isOpen, true);
        await PassAsync(TimeSpan.FromSeconds(1), actor);
        Assert.True(client.Gate.IsClosed);
        var waiting = client.WaitForCapacityAsync(default).AsTask();
        // The queue does not answer. Repeated parts do not keep the gate closed.
        await PassAsync(TimeSpan.FromSeconds(1), actor);
        await waiting;
        Assert.False(client.Gate.IsClosed);

        client.Offer([.. Enumerable.Range(parts.Length + 1, Parts.Pressed - 1).Select(Part)]);
        var taken = 0;
        await _queues.FishForMessageAsync<Enqueue>(
            offer => (taken += offer.Parts.Count(part => !part.IsRepeat)) == 2 * parts.Length - 2, TimeSpan.FromSeconds(30));
        await VirtualTime.SyncAsync(actor);
        Assert.False(client.Gate.IsClosed);
    }

    [Fact]
    public async Task Clients_go_on_when_queues_have_caught_up()
    {
        var parts = Enumerable.Range(1, Parts.Pressed + 1).Select(Part).ToArray();
        _client.Offer(parts);
        // The actor takes these parts in several turns.
        await AwaitConditionAsync(() => Task.FromResult(_client.Gate.IsClosed), TimeSpan.FromSeconds(30));
        var waiting = _client.WaitForCapacityAsync(default).AsTask();
        _actor.Tell(new Enqueued(Queue, [.. parts.Take(Parts.Pressed / 8).Select(part => part.Part.Message)]));
        await VirtualTime.SyncAsync(_actor);
        Assert.False(waiting.IsCompleted);
        _actor.Tell(new Enqueued(Queue, [.. parts.Skip(Parts.Pressed / 8).Take(Parts.Pressed / 4).Select(part => part.Part.Message)]));
        await waiting;
        await _client.WaitForCapacityAsync(default);
    }

    [Fact]
    public async Task A_node_that_stops_waits_for_the_last_acknowledgement()
    {
        _client.Offer([Part(1), Part(2)]);
        _queues.ExpectMsg<Enqueue>();
        var empty = _actor.Ask<HandOffActor.Empty>(HandOffActor.WaitForEmpty.Instance, TimeSpan.FromSeconds(30));
        _actor.Tell(new Enqueued(Queue, [Id(1)]));
        await VirtualTime.SyncAsync(_actor);
        Assert.False(empty.IsCompleted);
        _actor.Tell(new Enqueued(Queue, [Id(2)]));
        await empty;
        await _actor.Ask<HandOffActor.Empty>(HandOffActor.WaitForEmpty.Instance, TimeSpan.FromSeconds(30));
    }

    [Fact]
    public void New_parts_are_offered_after_a_restart_of_the_actor()
    {
        var client = new HandOffClient(TimeProvider.System);
        var isBroken = true;
        StartActor(client, queues: () => Volatile.Read(ref isBroken) ? throw new InvalidOperationException("no region") : _queues.Ref);
        EventFilter.Exception<InvalidOperationException>().ExpectOne(() => client.Offer([Part(1)]));
        Volatile.Write(ref isBroken, false);
        client.Offer([Part(2)]);
        Assert.Equal(Id(2), Assert.Single(_queues.ExpectMsg<Enqueue>().Parts).Message);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task A_step_of_the_wall_clock_neither_stops_nor_ends_the_repeats(int hours)
    {
        _client.Offer([Part(1)]);
        _queues.ExpectMsg<Enqueue>();
        _time.WallClockStep = TimeSpan.FromHours(hours);
        foreach (var seconds in (int[])[1, 2, 4])
        {
            await PassAsync(TimeSpan.FromSeconds(seconds));
            Assert.True(Assert.Single(_queues.ExpectMsg<Enqueue>().Parts).IsRepeat);
        }
    }

    [Fact]
    public async Task Parts_beyond_the_window_are_left_to_the_sweeper_and_there_is_room_again_after_an_acknowledgement()
    {
        const int more = 100;
        for (var sent = 0; sent < HandOffLifecycle.Window;)
        {
            _client.Offer([.. Enumerable.Range(sent + 1, HandOffClient.Capacity / 2).Select(Part)]);
            for (var took = 0; took < HandOffClient.Capacity / 2;) took += _queues.ExpectMsg<Enqueue>().Parts.Count;
            sent += HandOffClient.Capacity / 2;
        }

        _client.Offer([.. Enumerable.Range(HandOffLifecycle.Window + 1, more).Select(Part)]);
        await VirtualTime.SyncAsync(_actor);
        _actor.Tell(new Enqueued(Queue, [Id(1)]));
        await VirtualTime.SyncAsync(_actor);
        _client.Offer([Part(HandOffLifecycle.Window + more + 1)]);
        // An offer of one of the hundred parts would have come before.
        Assert.Equal(Id(HandOffLifecycle.Window + more + 1), Assert.Single(_queues.ExpectMsg<Enqueue>().Parts).Message);
    }

    private IActorRef StartActor(HandOffClient client, Func<bool>? reachesQueues = null, Func<IActorRef>? queues = null)
    {
        var (region, time) = (_queues.Ref, new SteadyTimeProvider(_time));
        var (findRegion, reachesAny) = (queues ?? (() => region), reachesQueues ?? (() => true));
        var actor = Sys.ActorOf(
            Props.Create(() => new HandOffActor(client, findRegion, reachesAny, time, () => 0.5, NullLogger.Instance)));
        client.Actor = actor;
        return actor;
    }

    private Task PassAsync(TimeSpan time) => PassAsync(time, _actor);

    private async Task PassAsync(TimeSpan time, IActorRef actor)
    {
        await VirtualTime.SyncAsync(actor);
        _time.Advance(time);
        await VirtualTime.SyncAsync(actor);
    }

    private static MessageId Id(int number) => MessageId.FromHalves(1, (ulong)number);

    private static PendingPart Part(int number) => new(Queue, new QueuedPart(Id(number), 1, DateTimeOffset.UnixEpoch));
}
