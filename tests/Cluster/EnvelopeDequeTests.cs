using Akka.Actor;
using CsCheck;
using Postfleet.Cluster.Systems;
using Xunit;

namespace Postfleet.Cluster.Tests;

public sealed class EnvelopeDequeTests
{
    // 0 to 3: enqueue; 4, 5: enqueue first; 6 to 9: dequeue.
    [Fact]
    public void Order_is_kept() => Gen.Int[0, 9].Array[0, 200].Sample(steps =>
    {
        var model = new LinkedList<int>();
        var deque = new EnvelopeDeque();
        var next = 0;
        foreach (var step in steps)
        {
            switch (step)
            {
                case <= 3:
                    model.AddLast(++next);
                    deque.Enqueue(ActorRefs.Nobody, Of(next));
                    break;
                case <= 5:
                    model.AddFirst(++next);
                    deque.EnqueueFirst(Of(next));
                    break;
                default:
                    Assert.Equal(model.Count > 0, deque.TryDequeue(out var envelope));
                    Assert.Equal(model.First?.Value, envelope.Message);
                    if (model.Count > 0) model.RemoveFirst();
                    break;
            }

            Assert.Equal(model.Count, deque.Count);
            Assert.Equal(model.Count > 0, deque.HasMessages);
        }
    });

    [Fact]
    public async Task Senders_on_many_threads_lose_nothing_and_each_keeps_its_order()
    {
        const int Senders = 4;
        const int Messages = 20_000;
        var deque = new EnvelopeDeque();
        var sending = Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => Task.Run(() =>
        {
            for (var n = 0; n < Messages; n++) deque.Enqueue(ActorRefs.Nobody, Of((sender, n)));
        })));
        var last = Enumerable.Repeat(-1, Senders).ToArray();
        for (var taken = 0; taken < Senders * Messages;)
        {
            if (!deque.TryDequeue(out var envelope))
            {
                await Task.Yield();
                continue;
            }

            var (sender, n) = ((int, int))envelope.Message;
            Assert.Equal(last[sender] + 1, n);
            last[sender] = n;
            taken++;
        }

        await sending;
        Assert.False(deque.HasMessages);
    }

    [Fact]
    public void Messages_of_a_stopped_actor_go_to_the_dead_letters()
    {
        var (deque, dead) = (new EnvelopeDeque(), new EnvelopeDeque());
        for (var n = 1; n <= 20; n++) deque.Enqueue(ActorRefs.Nobody, Of(n));
        deque.CleanUp(ActorRefs.Nobody, dead);
        Assert.False(deque.HasMessages);
        for (var n = 1; n <= 20; n++) Assert.True(dead.TryDequeue(out var envelope) && n.Equals(envelope.Message));
    }

    private static Envelope Of(object message) => new(message, ActorRefs.NoSender);
}
