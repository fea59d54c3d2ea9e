using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Postfleet.Dns.Tests;

public sealed class DnsCacheTests
{
    private readonly FakeTimeProvider _time = new();
    private int _asked;

    [Fact]
    public async Task Concurrent_callers_share_one_query()
    {
        var answer = new TaskCompletionSource<int>();
        var cache = Cache(_ => answer.Task);
        var waiting = Enumerable.Range(0, 50).Select(_ => cache.GetAsync("a", CancellationToken.None).AsTask()).ToList();
        answer.SetResult(7);
        Assert.All(await Task.WhenAll(waiting), value => Assert.Equal(7, value));
        Assert.Equal(1, _asked);
    }

    [Fact]
    public async Task A_cancelled_caller_does_not_cancel_the_query_of_others()
    {
        var answer = new TaskCompletionSource<int>();
        var cache = Cache(_ => answer.Task);
        using var impatient = new CancellationTokenSource();
        var given = cache.GetAsync("a", impatient.Token).AsTask();
        var other = cache.GetAsync("a", CancellationToken.None).AsTask();
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        answer.SetResult(7);
        Assert.Equal(7, await other);
    }

    [Fact]
    public async Task An_expired_answer_is_queried_again()
    {
        var cache = Cache(_ => Task.FromResult(_asked));
        Assert.Equal(1, await cache.GetAsync("a", CancellationToken.None));
        _time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(1, await cache.GetAsync("a", CancellationToken.None));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, await cache.GetAsync("a", CancellationToken.None));
    }

    [Fact]
    public async Task A_query_that_throws_is_repeated()
    {
        var cache = Cache(_ => _asked == 1 ? Task.FromException<int>(new InvalidOperationException("once")) : Task.FromResult(5));
        await Assert.ThrowsAsync<InvalidOperationException>(() => cache.GetAsync("a", CancellationToken.None).AsTask());
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(5, await cache.GetAsync("a", CancellationToken.None));
    }

    [Fact]
    public async Task A_flood_of_names_does_not_grow_the_cache_beyond_its_capacity()
    {
        var cache = Cache(_ => Task.FromResult(1));
        for (var i = 0; i < 10 * Capacity; i++)
        {
            await cache.GetAsync($"name{i}", CancellationToken.None);
            Assert.InRange(cache.Count, 1, Capacity);
        }
    }

    [Fact]
    public async Task Large_answers_do_not_grow_the_cache_beyond_its_size()
    {
        var cache = Cache(_ => Task.FromResult(MaxOctets / 5));
        for (var i = 0; i < 10 * Capacity; i++)
        {
            await cache.GetAsync($"name{i}", CancellationToken.None);
            Assert.InRange(cache.Octets, 0, MaxOctets);
        }

        Assert.InRange(cache.Count, 0, 4);
    }

    [Fact]
    public async Task The_size_follows_removed_and_repeated_answers()
    {
        var cache = Cache(_ => Task.FromResult(1000));
        for (var i = 0; i < 10; i++)
        {
            await cache.GetAsync("a", CancellationToken.None);
            await cache.GetAsync("b", CancellationToken.None);
            _time.Advance(TimeSpan.FromSeconds(11));
        }

        Assert.Equal((2, 2 * (1000 + 252)), (cache.Count, cache.Octets));
    }

    private const int Capacity = 20;
    private const int MaxOctets = 100_000;

    private DnsCache<int> Cache(Func<string, Task<int>> ask) =>
        new(
            key =>
            {
                Interlocked.Increment(ref _asked);
                return ask(key);
            },
            _ => TimeSpan.FromSeconds(10), value => value, Capacity, MaxOctets, _time);
}
