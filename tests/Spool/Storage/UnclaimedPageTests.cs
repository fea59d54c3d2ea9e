using Postfleet.Core.Queueing;
using Postfleet.Spool.Storage;

namespace Postfleet.Spool.Tests.Storage;

public sealed class UnclaimedPageTests
{
    private static readonly byte[] Id = Convert.FromHexString("0198000000007000800000000000abcd");

    [Fact]
    public void A_row_that_can_be_read_is_a_part()
    {
        var page = new UnclaimedPage();
        page.Add(Id, "default:a.test", 2, Mail.Noon);
        Assert.Equal(new PendingPart(QueueKey.FromTrusted("default:a.test"), new QueuedPart(MessageId.FromBytes(Id), 2, Mail.Noon)), Assert
            .Single(page.Parts));
        Assert.Empty(page.Damaged);
    }

    [Theory]
    [InlineData(15, "default:a.test", 1, "the id has 15 octets")]
    [InlineData(0, "default:a.test", 1, "the id has 0 octets")]
    [InlineData(16, "a.test", 1, "the queue is invalid")]
    [InlineData(16, ":a.test", 1, "the queue is invalid")]
    [InlineData(16, "default:", 1, "the queue is invalid")]
    [InlineData(16, "default:a.test", 0, "0 recipients")]
    [InlineData(16, "default:a.test", 1_000_000_000, "1000000000 recipients")]
    public void Any_other_is_named_with_its_fault(int octets, string queue, long recipients, string fault)
    {
        var page = new UnclaimedPage();
        page.Add(Id.AsSpan(0, octets), queue, recipients, Mail.Noon);
        Assert.Empty(page.Parts);
        Assert.Equal($"message {Convert.ToHexString(Id.AsSpan(0, octets))}, queue '{queue}': {fault}", Assert.Single(page.Damaged));
    }

    [Fact]
    public void A_time_that_is_none_and_a_name_that_would_break_the_log_are_no_exception()
    {
        var page = new UnclaimedPage();
        page.Add(Id, "default:a.test", 1, null);
        page.Add(Id, "a\r\nb" + new string('x', 500), 1, Mail.Noon);
        Assert.Empty(page.Parts);
        Assert.EndsWith("the time is invalid", page.Damaged[0], StringComparison.Ordinal);
        Assert.Contains("'a??bxxx", page.Damaged[1], StringComparison.Ordinal);
        Assert.InRange(page.Damaged[1].Length, 100, 200);
    }
}
