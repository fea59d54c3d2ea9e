using Postfleet.Core.Mail;
using Postfleet.Spool.Cache;

namespace Postfleet.Spool.Tests.Cache;

public sealed class BodyCacheTests
{
    private const int Size = 10_000;

    private readonly BodyCache _cache = new(capacity: 10 * (Size + 1024));

    [Fact]
    public void Each_part_is_given_out_once()
    {
        var message = Mail.Message("a.test", "b.test");
        _cache.Add(message);
        Mail.AssertSame(message, _cache.Take(message.Part(1)), 1);
        Assert.Null(_cache.Take(message.Part(1)));
        Mail.AssertSame(message, _cache.Take(message.Part(0)));
        Assert.Equal(0, _cache.Bytes);
    }

    [Fact]
    public void Bytes_count_until_the_last_part_is_removed()
    {
        var message = Mail.Large(Size, "a.test", "b.test");
        _cache.Add(message);
        var held = _cache.Bytes;
        Assert.True(held >= Size);
        _cache.Remove(message.Part(0));
        Assert.Equal(held, _cache.Bytes);
        _cache.Remove(message.Part(0));
        Assert.Equal(held, _cache.Bytes);
        _cache.Remove(message.Part(1));
        Assert.Equal(0, _cache.Bytes);
        Assert.Null(_cache.Take(message.Part(1)));
    }

    [Fact]
    public void A_full_cache_evicts_the_oldest_message()
    {
        var messages = Enumerable.Range(0, 12).Select(_ => Mail.Large(Size, "a.test")).ToArray();
        foreach (var message in messages)
        {
            _cache.Add(message);
            Assert.True(_cache.Bytes <= 10 * (Size + 1024));
        }

        Assert.Equal([false, false, .. Enumerable.Repeat(true, 10)], messages.Select(message => _cache.Take(message.Part()) is not null));
    }

    [Fact]
    public void Messages_without_content_are_bounded_too()
    {
        for (var i = 0; i < 1000; i++) _cache.Add(Mail.Message("a.test") with { Content = new MessageContent(ReadOnlyMemory<byte>.Empty) });
        Assert.InRange(_cache.Bytes, 1, 10 * (Size + 1024));
    }

    [Fact]
    public void A_message_that_would_displace_all_others_is_not_kept()
    {
        var small = Mail.Message("a.test");
        var large = Mail.Large(5 * Size, "a.test");
        _cache.Add(small);
        _cache.Add(large);
        Assert.Null(_cache.Take(large.Part()));
        Assert.NotNull(_cache.Take(small.Part()));
    }

    [Fact]
    public void A_cache_of_no_bytes_keeps_nothing()
    {
        var cache = new BodyCache(0);
        var message = Mail.Message("a.test");
        cache.Add(message);
        Assert.Null(cache.Take(message.Part()));
    }
}
