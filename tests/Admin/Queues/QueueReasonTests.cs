using Postfleet.Admin.Queues;
using Postfleet.Contracts.Stats;
using Postfleet.Core.Queueing;
using Xunit;

namespace Postfleet.Admin.Tests.Queues;

public sealed class QueueReasonTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddYears(56);

    private static readonly DestinationCounts Site = new()
    {
        MaxConnections = 20,
        ConnectionsSetting = "connections of the site",
        MaxRate = "60/m",
        RateSetting = "rate of the site",
        Tokens = 5,
    };

    private static readonly QueueCounts Due = new() { Messages = 100, Due = 100, Destination = "default|mx.test" };

    [Fact]
    public void Suspension_comes_before_all_other_constraints()
    {
        var why = QueueReason.Find(Due, Site with { DownUntil = Now.AddHours(1) }, new Suspension(17, Now.AddHours(2), "asked for"), Now);
        Assert.Equal(("suspended", "action 17", Now.AddHours(2)), (why.Constraint, why.Setting, why.Until));
        Assert.Equal("action 17 suspends the queue: asked for", why.Text);
    }

    [Fact]
    public void Unavailable_site_has_the_time_of_the_next_attempt_and_the_reply()
    {
        var why = QueueReason.Find(Due, Site with { DownUntil = Now.AddHours(1), Reply = "421 4.7.0 try later" }, null, Now);
        Assert.Equal(("site-unavailable", Now.AddHours(1), "421 4.7.0 try later"), (why.Constraint, why.Until, why.LastReply));
    }

    [Fact]
    public void Used_up_rate_has_its_setting_and_the_time_when_the_queue_is_empty()
    {
        var why = QueueReason.Find(Due, Site with { Tokens = 0 }, null, Now);
        Assert.Equal(("rate", "rate of the site", Now.AddSeconds(100)), (why.Constraint, why.Setting, why.Estimate));
    }

    [Fact]
    public void Connections_in_use_have_their_setting()
    {
        var why = QueueReason.Find(Due, Site with { Connections = 20 }, null, Now);
        Assert.Equal(("connections", "connections of the site"), (why.Constraint, why.Setting));
    }

    [Fact]
    public void Queue_without_a_destination_waits_for_its_route() => Assert.Equal(
        ("route-unknown", "451 4.4.3 no answer of the DNS"),
        (QueueReason.Find(Due with { Destination = null, LastReply = "451 4.4.3 no answer of the DNS" }, null, null, Now) is var why
            ? (why.Constraint, why.LastReply) : default));

    [Theory]
    [InlineData(5, 0, 0, "credit")]
    [InlineData(5, 0, 3, "sending")]
    [InlineData(0, 0, 3, "sending")]
    [InlineData(0, 4, 0, "retry-pause")]
    [InlineData(0, 0, 0, "nothing-due")]
    public void Other_constraints_follow_from_the_counts(int due, int deferred, int inFlight, string constraint) => Assert.Equal(
        constraint,
        QueueReason.Find(Due with { Due = due, Deferred = deferred, InFlight = inFlight }, Site, null, Now).Constraint);
}
