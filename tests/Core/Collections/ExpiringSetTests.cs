using Microsoft.Extensions.Time.Testing;
using Postfleet.Core.Collections;
using Xunit;

namespace Postfleet.Core.Tests.Collections;

public sealed class ExpiringSetTests
{
    private const int Capacity = 100;

    private static readonly TimeSpan Life = TimeSpan.FromMinutes(1);

    private readonly FakeTimeProvider _clock = new();
    private readonly ExpiringSet<string> _set;

    public ExpiringSetTests()
    {
        _set = new ExpiringSet<string>(Life, Capacity, _clock);
    }

    [Fact]
    public void A_key_is_contained_until_it_expires_or_is_removed()
    {
        _set.Add("one");
        _set.Add("two");
        _set.Remove("two");
        Assert.True(_set.Contains("one"));
        Assert.False(_set.Contains("two"));
        _clock.Advance(Life);
        Assert.False(_set.Contains("one"));
    }

    [Fact]
    public void Adding_a_key_again_renews_its_time()
    {
        _set.Add("one");
        _clock.Advance(Life / 2);
        _set.Add("one");
        _clock.Advance(Life / 2);
        Assert.True(_set.Contains("one"));
    }

    [Fact]
    public void At_capacity_expired_keys_are_removed_first()
    {
        for (var i = 0; i < Capacity - 1; i++) _set.Add($"old{i}");
        _clock.Advance(Life);
        _set.Add("new");
        _set.Add("newest");
        Assert.Equal(2, _set.Count);
        Assert.True(_set.Contains("new") && _set.Contains("newest") && !_set.Contains("old1"));
    }

    [Fact]
    public void The_number_of_keys_is_bounded()
    {
        for (var i = 0; i < 3 * Capacity; i++) _set.Add($"key{i}");
        Assert.InRange(_set.Count, 1, Capacity);
        Assert.False(_set.IsEmpty);
    }
}
