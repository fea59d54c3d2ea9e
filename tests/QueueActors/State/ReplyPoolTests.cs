using System.Globalization;
using Postfleet.Core.Mail;
using Postfleet.QueueActors.State;
using Xunit;

namespace Postfleet.QueueActors.Tests.State;

public sealed class ReplyPoolTests
{
    private readonly ReplyPool _pool = new();

    [Fact]
    public void Equal_replies_share_one_instance()
    {
        var first = _pool.Share(Reply("busy"));
        Assert.Same(first, _pool.Share(Reply("busy")));
        Assert.NotSame(first, _pool.Share(Reply("full")));
        Assert.Same(_pool.Describe(Reply("busy")), _pool.Describe(first));
        Assert.Equal("450 4.2.0 busy", _pool.Describe(first));
    }

    [Fact]
    public void Equal_host_names_share_one_instance()
    {
        var host = _pool.Share(string.Concat("mx.", "example.org"));
        Assert.Same(host, _pool.Share(string.Concat("mx", ".example.org")));
        Assert.Equal("", _pool.Share(""));
    }

    [Fact]
    public void Replies_beyond_the_capacity_stay_distinct()
    {
        for (var i = 0; i < 3 * ReplyPool.Capacity; i++)
        {
            var text = i.ToString(CultureInfo.InvariantCulture);
            Assert.Equal(text, _pool.Share(Reply(text)).Text);
            Assert.Equal(text, _pool.Share(text));
            Assert.InRange(_pool.Count, 1, 2 * ReplyPool.Capacity);
        }
    }

    private static SmtpReply Reply(string text) => new(450, new EnhancedStatus(4, 2, 0), text);
}
