using Microsoft.Extensions.Time.Testing;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Entity;
using Xunit;

namespace Postfleet.QueueActors.Tests;

public sealed class RecoveryPausesTests
{
    private static readonly QueueKey Queue = QueueKey.FromTrusted("default:a.test");

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Pauses_double_up_to_eight_seconds_and_reset_after_a_recovery()
    {
        var pauses = new RecoveryPauses(_time);
        Assert.Equal(TimeSpan.Zero, pauses.Left(Queue));
        foreach (var seconds in (int[])[1, 2, 4, 8, 8])
        {
            Assert.Equal(TimeSpan.FromSeconds(seconds), pauses.Failed(Queue));
            Assert.Equal(TimeSpan.FromSeconds(seconds), pauses.Left(Queue));
        }

        _time.Advance(TimeSpan.FromSeconds(7));
        Assert.Equal(TimeSpan.FromSeconds(1), pauses.Left(Queue));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(TimeSpan.Zero, pauses.Left(Queue));
        pauses.Recovered(Queue);
        Assert.Equal(TimeSpan.FromSeconds(1), pauses.Failed(Queue));
    }
}
