using Postfleet.Operations.Users;
using Xunit;

namespace Postfleet.Operations.Tests.Users;

/// <summary>The bounds of the cache of users.</summary>
public sealed class BoundedCacheTests
{
    [Fact]
    public void The_value_used_longest_ago_gives_way()
    {
        var cache = new BoundedCache<int>(maxCount: 3, maxWeight: 100);
        foreach (var i in (int[])[1, 2, 3]) cache.Set($"{i}", i, 1);
        Assert.True(cache.TryFind("1", out _));
        cache.Set("4", 4, 1);
        Assert.False(cache.TryFind("2", out _));
        Assert.True(cache.TryFind("1", out var value) && value == 1);
        Assert.Equal(3, cache.Count);
    }

    [Fact]
    public void The_weight_is_bounded_and_follows_replacement_and_removal()
    {
        var cache = new BoundedCache<int>(maxCount: 100, maxWeight: 10);
        foreach (var i in (int[])[1, 2, 3]) cache.Set($"{i}", i, 4);
        Assert.Equal((2, false), (cache.Count, cache.TryFind("1", out _)));
        cache.Set("3", 3, 1);
        cache.Set("4", 4, 5);
        Assert.Equal(3, cache.Count);
        cache.Remove("4");
        cache.Set("5", 5, 5);
        Assert.Equal(3, cache.Count);
        cache.Set("large", 6, 11);
        Assert.Equal((3, false), (cache.Count, cache.TryFind("large", out _)));
        cache.Clear();
        cache.Set("1", 1, 10);
        Assert.Equal(1, cache.Count);
    }
}
