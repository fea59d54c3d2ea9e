using System.Runtime.CompilerServices;
using Postfleet.Core.Queueing;
using Xunit;

namespace Postfleet.Core.Tests.Queueing;

public sealed class QueuedPartTests
{
    [Fact]
    public void Part_has_32_octets() => Assert.Equal(32, Unsafe.SizeOf<QueuedPart>());

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
}
