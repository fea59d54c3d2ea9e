using Akka.Actor;
using Akka.TestKit.Xunit2;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.HandOff;
using Xunit;

namespace Postfleet.QueueActors.Tests.HandOff;

public sealed class HandOffClientTests : TestKit
{
    private static readonly QueueKey Queue = QueueKey.FromTrusted("default:a.test");

    [Fact]
    public void A_burst_wakes_the_actor_once_until_it_has_taken_everything()
    {
        var client = new HandOffClient(TimeProvider.System) { Actor = TestActor };
        ExpectMsg<HandOffClient.PartsOffered>();
        Assert.False(client.TryTake(out _));
        client.Offer([Part(1), Part(2)]);
        client.Offer([Part(3)]);
        ExpectMsg<HandOffClient.PartsOffered>();
        for (var i = 1; i <= 3; i++)
        {
            Assert.True(client.TryTake(out var part));
            Assert.Equal(Part(i), part);
        }

        Assert.False(client.TryTake(out _));
        client.Offer([Part(4)]);
        // A second wake-up by the burst would come before this message.
        ExpectMsg<HandOffClient.PartsOffered>();
        ExpectNoMsg(TimeSpan.Zero);
    }

    [Fact]
    public void Parts_offered_before_the_actor_starts_are_accepted_by_it()
    {
        var client = new HandOffClient(TimeProvider.System);
        client.Offer([Part(1)]);
        client.Actor = TestActor;
        ExpectMsg<HandOffClient.PartsOffered>();
        Assert.True(client.TryTake(out var part));
        Assert.Equal(Part(1), part);
    }

    [Fact]
    public void Parts_beyond_the_buffer_are_left_to_the_sweeper_without_blocking()
    {
        using var left = new Measured("postfleet.handoff.left_parts", "reason", "buffer");
        var client = new HandOffClient(TimeProvider.System);
        client.Offer([.. Enumerable.Range(0, 12_000).Select(Part)]);
        Assert.Equal(2_000, left.Sum);
        var taken = 0;
        while (client.TryTake(out var part)) Assert.Equal(Part(taken++), part);
        Assert.Equal(10_000, taken);
    }

    /// <summary>
    /// Many sessions offer single parts while the actor falls asleep and wakes all the time: every part reaches it without another offer.
    /// </summary>
    [Fact]
    public async Task No_wake_up_is_lost()
    {
        const int sessions = 4, parts = 20_000;
        var client = new HandOffClient(TimeProvider.System);
        var room = new SemaphoreSlim(1000);
        var taken = new int[sessions * parts];
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        client.Actor = Sys.ActorOf(Props.Create(() => new Taker(client, taken, all, room)));
        await Task.WhenAll(Enumerable.Range(0, sessions).Select(session => Task.Run(async () =>
        {
            for (var i = 0; i < parts; i++)
            {
                await room.WaitAsync(TimeSpan.FromSeconds(20));
                client.Offer([Part(session * parts + i)]);
            }
        })));
        await all.Task.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.All(taken, times => Assert.Equal(1, times));
    }

    private static PendingPart Part(int number) =>
        new(Queue, new QueuedPart(MessageId.FromHalves(1, (ulong)number), 1, DateTimeOffset.UnixEpoch));

    private sealed class Taker(HandOffClient client, int[] taken, TaskCompletionSource all, SemaphoreSlim room) : UntypedActor
    {
        private int _left = taken.Length;

        protected override void OnReceive(object message)
        {
            Assert.IsType<HandOffClient.PartsOffered>(message);
            while (client.TryTake(out var part))
            {
                taken[part.Part.Message.Low]++;
                room.Release();
                if (--_left == 0) all.SetResult();
            }
        }
    }
}
