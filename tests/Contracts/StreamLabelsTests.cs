using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;
using Xunit;

namespace Postfleet.Contracts.Tests;

public sealed class StreamLabelsTests
{
    private static QueueKey Queue(string stream) => QueueKey.FromTrusted($"{stream}:a.test");

    [Fact]
    public void Streams_beyond_the_maximum_share_a_label_and_the_default_stream_always_has_its_own()
    {
        var labels = new StreamLabels(3);
        Assert.Equal("one", labels.Of(Queue("one")));
        Assert.Equal("two", labels.Of(Queue("two")));
        Assert.Equal(StreamLabels.Other, labels.Of(Queue("three")));
        Assert.Equal("one", labels.Of(Queue("one")));
        Assert.Equal(QueueKey.DefaultStream, labels.Of(Queue(QueueKey.DefaultStream)));
    }

    [Fact]
    public void A_known_stream_costs_no_allocation()
    {
        var labels = new StreamLabels(3);
        var (known, queue) = (Queue("one"), Queue("two"));
        labels.Of(known);
        labels.Of(queue);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            labels.Of(known);
            labels.Of(queue);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
