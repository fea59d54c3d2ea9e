using System.Runtime.CompilerServices;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Xunit;

namespace Postfleet.Core.Tests.Queueing;

public sealed class QueuedPartTests
{
    [Fact]
    public void Part_has_40_octets() => Assert.Equal(40, Unsafe.SizeOf<QueuedPart>());

    [Fact]
    public void Part_is_sent_at_once_unless_it_has_a_time_of_sending()
    {
        var part = new QueuedPart(MessageId.FromHalves(1, 2), 3, DateTimeOffset.UnixEpoch);
        Assert.Equal(part.AcceptedAt, part.SendAt);
        var later = part with { SendAfter = 60 * 366 * 24 * 3600 };
        Assert.Equal(TimeSpan.FromDays(60 * 366), later.SendAt - part.AcceptedAt);
        Assert.Equal(0, (part with { SendAfter = -1 }).SendAfter);
        Assert.NotEqual(part, part with { SendAfter = 1 });
    }

    [Theory]
    [InlineData(int.MinValue, -9)]
    [InlineData(-9, -9)]
    [InlineData(9, 9)]
    [InlineData(128, 9)]
    public void Priority_is_within_its_bounds(int priority, int expected) =>
        Assert.Equal(expected, new QueuedPart(MessageId.FromHalves(1, 2), 3, DateTimeOffset.UnixEpoch) { Priority = priority }.Priority);

    [Fact]
    public void Time_for_the_delivery_ends_so_many_seconds_after_the_acceptance()
    {
        var part = new QueuedPart(MessageId.FromHalves(1, 2), 3, DateTimeOffset.UnixEpoch) { DeliverWithin = 60 };
        Assert.Equal(long.MaxValue, part.DeliverByTicks);
        Assert.Equal(DeliverByMode.None, (part with { DeliverByMode = (DeliverByMode)3 }).DeliverByMode);
        part = part with { DeliverByMode = DeliverByMode.Return };
        Assert.Equal(DateTimeOffset.UnixEpoch.AddMinutes(1).UtcTicks, part.DeliverByTicks);
        Assert.Equal(DateTimeOffset.UnixEpoch.UtcTicks, (part with { DeliverWithin = -1 }).DeliverByTicks);
        var last = new QueuedPart(part.Message, 1, DateTimeOffset.MaxValue) { DeliverByMode = DeliverByMode.Notify, DeliverWithin = 1 };
        Assert.Equal(DateTimeOffset.MaxValue.UtcTicks, last.DeliverByTicks);
    }
}
