using Postfleet.Core.Queueing;
using Xunit;

namespace Postfleet.Core.Tests.Queueing;

public sealed class StreamSetTests
{
    private static readonly StreamSet Streams = new([("bulk", 1), ("transactional", 10)]);

    [Fact]
    public void Stream_that_is_not_configured_has_the_weight_1()
    {
        Assert.Equal((10, 1, 1), (Streams.WeightOf("transactional"), Streams.WeightOf("bulk"), Streams.WeightOf("other")));
        Assert.Equal((true, true, false), (Streams.Has("bulk"), Streams.Has("default"), Streams.Has("other")));
        Assert.True(Streams.TryFind("transactional", out var index));
        Assert.Equal(1, index);
        Assert.False(StreamSet.None.TryFind("default", out _));
    }

    [Fact]
    public void Sets_with_the_same_streams_are_equal()
    {
        StreamSet same = new([("bulk", 1), ("transactional", 10)]);
        Assert.Equal(Streams, same);
        Assert.Equal(Streams.GetHashCode(), same.GetHashCode());
        Assert.NotEqual(Streams, new StreamSet([("bulk", 2), ("transactional", 10)]));
        Assert.NotEqual(Streams, new StreamSet([("transactional", 10), ("bulk", 1)]));
        Assert.NotEqual(Streams, StreamSet.None);
    }

    [Fact]
    public void Repeated_names_and_weights_out_of_bounds_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new StreamSet([("bulk", 1), ("bulk", 2)]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new StreamSet([("bulk", 0)]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new StreamSet([("bulk", StreamSet.MaxWeight + 1)]));
    }
}
