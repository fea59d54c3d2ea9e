using CsCheck;
using Postfleet.Core.Collections;
using Xunit;

namespace Postfleet.Core.Tests.Collections;

public sealed class RingQueueTests
{
    // 0 to 5: enqueue; 6 to 9: dequeue; 10: trim; 11: remove odd items; 12: enqueue at the beginning.
    [Fact]
    public void Operations_match_list_operations() => Gen.Int[0, 12].Array[0, 200].Sample(steps =>
    {
        var model = new List<int>();
        var queue = default(RingQueue<int>);
        var next = 0;
        foreach (var step in steps)
        {
            switch (step)
            {
                case <= 5:
                    model.Add(next);
                    queue.Enqueue(next++);
                    break;
                case <= 9:
                    Assert.Equal(model.Count > 0, queue.TryDequeue(out var item));
                    Assert.Equal(model.FirstOrDefault(), item);
                    if (model.Count > 0) model.RemoveAt(0);
                    break;
                case 10:
                    queue.Trim();
                    break;
                case 11:
                    model.RemoveAll(item => item % 2 != 0);
                    queue.RemoveWhere(item => item % 2 != 0);
                    break;
                default:
                    model.Insert(0, next);
                    queue.EnqueueFirst(next++);
                    break;
            }

            Assert.Equal(model.Count, queue.Count);
            Assert.Equal(model, Enumerable.Range(0, queue.Count).Select(i => queue[i]));
            Assert.Equal(model.Count > 0, queue.TryPeek(out var first));
            Assert.Equal(model.FirstOrDefault(), first);
        }
    });

    [Fact]
    public void A_dequeued_item_is_not_retained()
    {
        var queue = default(RingQueue<object>);
        var dequeued = Enqueue(ref queue);
        queue.Enqueue(new object());
        queue.Dequeue();
        GC.Collect();
        Assert.False(dequeued.TryGetTarget(out _));
    }

    [Fact]
    public void An_empty_queue_returns_no_item()
    {
        var queue = default(RingQueue<int>);
        Assert.Equal(0, queue.Count);
        Assert.False(queue.TryDequeue(out _));
        Assert.Throws<InvalidOperationException>(() => queue.Dequeue());
        queue.Trim();
        queue.Clear();
        Assert.False(queue.TryPeek(out _));
    }

    // A separate method, so that no local variable of the test retains the item.
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static WeakReference<object> Enqueue(ref RingQueue<object> queue)
    {
        var item = new object();
        queue.Enqueue(item);
        return new WeakReference<object>(item);
    }
}
