using Postfleet.Core.Mail;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;

namespace Postfleet.Frontend.Tests.Users;

/// <summary>MT-PRIORITY (RFC 6710) and DELIVERBY (RFC 2852) on submission listeners.</summary>
public sealed class PriorityTests
{
    [Theory]
    [InlineData("MT-PRIORITY=9", 9)]
    [InlineData("mt-priority=-9", -9)]
    [InlineData("MT-PRIORITY=0", 0)]
    public async Task A_priority_is_stored_and_traced(string parameter, int priority)
    {
        var world = new SaslWorld();
        Assert.StartsWith("250 ", await FutureReleaseTests.SendAsync(world, parameter), StringComparison.Ordinal);
        var message = Assert.Single(world.World.Submission.Stored);
        Assert.Equal(priority, message.Envelope.Priority);
        Assert.Contains($"\r\n\tpriority {priority};\r\n", World.ContentOf(message), StringComparison.Ordinal);
        var line = Assert.Single(world.World.Log.Of("accepted"));
        Assert.Equal(("alice@x.test", priority), (line.Fields["User"], line.Fields["Priority"]));
    }

    [Fact]
    public async Task Mail_without_the_parameter_has_no_clause()
    {
        var world = new SaslWorld();
        await FutureReleaseTests.SendAsync(world, "");
        var message = Assert.Single(world.World.Submission.Stored);
        Assert.Equal((0, null), (message.Envelope.Priority, message.Envelope.DeliverBy));
        Assert.DoesNotContain("priority", World.ContentOf(message), StringComparison.Ordinal);
        Assert.Null(Assert.Single(world.World.Log.Of("accepted")).Fields["Priority"]);
    }

    [Theory]
    [InlineData("4", 3, "250 2.3.6 3 is the priority of the message, the highest allowed")]
    [InlineData("3", 3, "250 2.1.0 Ok")]
    [InlineData("-2", 3, "250 2.1.0 Ok")]
    [InlineData("1", 0, "250 2.3.6 0 is the priority of the message, the highest allowed")]
    public async Task A_priority_above_the_bound_is_lowered(string priority, int max, string reply)
    {
        var world = new SaslWorld(rules: new SubmissionOptions { MaxPriority = max });
        await using var client = await world.AuthenticateAsync();
        await client.SendAsync($"MAIL FROM:<alice@x.test> MT-PRIORITY={priority}\r\nRSET\r\nMAIL FROM:<alice@x.test>\r\n");
        Assert.Equal(reply, await client.ReadLineAsync());
        await client.ReadLineAsync();
        Assert.Equal("250 2.1.0 Ok", await client.ReadLineAsync());
    }

    [Theory]
    [InlineData("BY=120;R", 120, DeliverByMode.Return, false)]
    [InlineData("by=+120;rt", 120, DeliverByMode.Return, true)]
    [InlineData("BY=999999999;N", 999_999_999, DeliverByMode.Notify, false)]
    [InlineData("BY=0;NT", 0, DeliverByMode.Notify, true)]
    [InlineData("BY=-999999999;N", -999_999_999, DeliverByMode.Notify, false)]
    [InlineData("HOLDFOR=60 BY=61;R", 61, DeliverByMode.Return, false)]
    [InlineData("HOLDUNTIL=2020-01-01T00:00:00Z BY=-1;N", -1, DeliverByMode.Notify, false)]
    public async Task A_time_for_the_delivery_is_stored(string parameters, int seconds, DeliverByMode mode, bool isTraced)
    {
        var world = new SaslWorld();
        Assert.StartsWith("250 ", await FutureReleaseTests.SendAsync(world, parameters), StringComparison.Ordinal);
        Assert.Equal(new DeliverByRequest(seconds, mode, isTraced), Assert.Single(world.World.Submission.Stored).Envelope.DeliverBy);
    }

    [Fact]
    public async Task The_time_counts_from_MAIL()
    {
        var world = new SaslWorld();
        await using var client = await world.AuthenticateAsync();
        await client.SendAsync("MAIL FROM:<alice@x.test> BY=60;R\r\nRCPT TO:<b@y.test>\r\nDATA\r\n");
        for (var i = 0; i < 3; i++) await client.ReadLineAsync();
        world.World.Time.Advance(TimeSpan.FromSeconds(20.5));
        await client.SendAsync(SubmittedMessageTests.Complete + "\r\nx\r\n.\r\n");
        Assert.StartsWith("250 ", await client.ReadLineAsync(), StringComparison.Ordinal);
        Assert.Equal(39, Assert.Single(world.World.Submission.Stored).Envelope.DeliverBy!.Within);
    }

    [Theory]
    [InlineData("MT-PRIORITY=10", "501 5.5.2")]
    [InlineData("MT-PRIORITY=+1", "501 5.5.2")]
    [InlineData("MT-PRIORITY=-0", "501 5.5.2")]
    [InlineData("MT-PRIORITY=01", "501 5.5.2")]
    [InlineData("MT-PRIORITY=", "501 5.5.2")]
    [InlineData("MT-PRIORITY=1 MT-PRIORITY=1", "501 5.5.2")]
    [InlineData("BY=0;R", "501 5.5.4")]
    [InlineData("BY=-1;R", "501 5.5.4")]
    [InlineData("BY=1000000000;N", "501 5.5.4")]
    [InlineData("BY=;R", "501 5.5.4")]
    [InlineData("BY=-;N", "501 5.5.4")]
    [InlineData("BY=1", "501 5.5.4")]
    [InlineData("BY=1;", "501 5.5.4")]
    [InlineData("BY=1;X", "501 5.5.4")]
    [InlineData("BY=1;T", "501 5.5.4")]
    [InlineData("BY=1;TR", "501 5.5.4")]
    [InlineData("BY=1;RTT", "501 5.5.4")]
    [InlineData("BY=1;R;T", "501 5.5.4")]
    [InlineData("BY=", "501 5.5.4")]
    [InlineData("BY=1;R BY=2;R", "501 5.5.4")]
    [InlineData("HOLDFOR=60 BY=60;R", "501 5.5.4 The time of release is not before the end of the time for the delivery")]
    [InlineData("BY=59;N HOLDUNTIL=2026-03-04T12:01:00Z", "501 5.5.4 The time of release is not before the end")]
    [InlineData("MT-PRIORITY", "555 5.5.4")]
    [InlineData("BY", "555 5.5.4")]
    public async Task Other_values_are_refused(string parameters, string reply)
    {
        var world = new SaslWorld();
        await using var client = await world.AuthenticateAsync();
        await client.SendAsync($"MAIL FROM:<alice@x.test> {parameters}\r\n");
        Assert.StartsWith(reply, await client.ReadLineAsync(), StringComparison.Ordinal);
    }
}
