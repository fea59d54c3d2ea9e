using CsCheck;
using Postfleet.QueueActors.State;
using Xunit;

namespace Postfleet.QueueActors.Tests.State;

public sealed class LeanQueueTests
{
    // 0 to 5: in; 6 to 9: out; 10: trimmed; 11: only the even ones are kept.
    [Fact]
    public void It_does_what_a_queue_does() => Gen.Int[0, 11].Array[0, 200].Sample(steps =>
    {
        var model = new Queue<int>();
        var queue = default(LeanQueue<int>);
        var next = 0;
        foreach (var step in steps)
        {
            switch (step)
            {
                case <= 5:
                    model.Enqueue(next);
                    queue.Enqueue(next++);
                    break;
                case <= 9:
                    Assert.Equal(model.TryDequeue(out var expected), queue.TryDequeue(out var taken));
                    Assert.Equal(expected, taken);
                    break;
                case 10:
                    queue.Trim();
                    break;
                default:
                    model = new Queue<int>(model.Where(item => item % 2 == 0));
                    queue.Keep(item => item % 2 == 0);
                    break;
            }

            Assert.Equal(model.Count, queue.Count);
            Assert.Equal(model, Enumerable.Range(0, queue.Count).Select(i => queue[i]));
            Assert.Equal(model.TryPeek(out var first), queue.TryPeek(out var peeked));
            Assert.Equal(first, peeked);
        }
    });

    [Fact]
    public void What_is_taken_out_is_let_go_of()
    {
        var queue = default(LeanQueue<object>);
        var taken = Put(ref queue);
        queue.Enqueue(new object());
        queue.Dequeue();
        GC.Collect();
        Assert.False(taken.TryGetTarget(out _));
    }

    [Fact]
    public void An_empty_one_gives_nothing()
    {
        var queue = default(LeanQueue<int>);
        Assert.Equal(0, queue.Count);
        Assert.False(queue.TryDequeue(out _));
        Assert.Throws<InvalidOperationException>(() => queue.Dequeue());
        queue.Trim();
        queue.Clear();
        Assert.False(queue.TryPeek(out _));
    }

    // In a method of its own: no local of the test holds it.
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static WeakReference<object> Put(ref LeanQueue<object> queue)
    {
        var item = new object();
        queue.Enqueue(item);
        return new WeakReference<object>(item);
    }
}
