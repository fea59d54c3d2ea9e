using Microsoft.Extensions.Logging.Abstractions;
using Postfleet.Cluster.Liveness;
using Postfleet.Contracts;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Smtp;
using Postfleet.Spool.Common;
using Postfleet.Testing.Fakes;
using Xunit;
using static Postfleet.Delivery.Tests.Smtp.Dialogue;

namespace Postfleet.Delivery.Tests.Smtp;

/// <summary>The final dot: the conditions that prevent it, and that nothing recalls the message after it.</summary>
public class SmtpContentTests
{
    private const string From = "C: MAIL FROM:<from@a.test>";

    private static readonly string[] Greeted = ["S: 220 mx", "C: EHLO client.test", "S: 250 mx"];
    private static readonly string[] Started = [.. Greeted, From, "S: 250 ok", "C: RCPT TO:<r0@b.test>", "S: 250 ok", "C: DATA"];

    // Larger than the pipe and than a small message: the client is in the middle of the content until the server reads on.
    private static readonly string Large = string.Concat(Enumerable.Repeat("Many lines make a large message.\r\n", 30_000));

    [Theory]
    [InlineData("552 5.3.4 too large", Disposition.Failed, "552 5.3.4 too large", true)]
    [InlineData("421 4.3.2 closing", Disposition.Deferred, "421 4.3.2 closing", true)]
    [InlineData("250 2.0.0 already", Disposition.Deferred, "451 4.5.0 unexpected reply: 250 2.0.0 already", false)]
    [InlineData("what?", Disposition.Deferred,
        "451 4.5.0 mx.b.test[192.0.2.1]:25: protocol error (the host sent \"what???\") while sending the message", false)]
    public async Task A_reply_before_the_final_dot_ends_the_transmission(
        string reply, Disposition disposition, string expected, bool isTheirs)
    {
        for (var pieces = 0; pieces <= 2; pieces++)
        {
            var dialogue = new Dialogue(pieces, [.. Started, "S: 354 go", "C: *PART*", $"S: {reply}", "C: *GONE*"]);
            var connection = await dialogue.ConnectedAsync();
            var outcome = Assert.Single((await SendAsync(connection, Part(content: Large), RecipientSet.All(1), default)).Outcomes);
            Assert.Equal((disposition, expected), (outcome.Disposition, outcome.Reply.ToString()));
            Assert.Equal(isTheirs ? "mx.b.test[192.0.2.1]:25" : "", outcome.RemoteHost);
            Assert.False(connection.IsUsable);
            await connection.DisposeAsync();
            Assert.True(dialogue.IsAborted);
            await dialogue.EndAsync();
        }
    }

    [Fact]
    public async Task A_reply_sent_together_with_the_354_is_not_the_reply_to_the_message()
    {
        var dialogue = new Dialogue(0, [.. Started, "S: 354 go|250 2.0.0 whatever it is", "C: *GONE*"]);
        var connection = await dialogue.ConnectedAsync();
        Assert.Equal(
            Disposition.Deferred, Assert.Single((await SendAsync(connection, Part(), RecipientSet.All(1), default)).Outcomes).Disposition);
        await connection.DisposeAsync();
        await dialogue.EndAsync();
    }

    [Fact]
    public async Task A_peer_that_closes_within_the_content_has_no_message()
    {
        var dialogue = new Dialogue(0, [.. Started, "S: 354 go", "C: *PART*", "S: *RESET*", "C: *GONE*"]);
        var connection = await dialogue.ConnectedAsync();
        var outcome = Assert.Single((await SendAsync(connection, Part(content: Large), RecipientSet.All(1), default)).Outcomes);
        Assert.Equal("451 4.4.2 mx.b.test[192.0.2.1]:25: connection lost while sending the message", outcome.Reply.ToString());
        await connection.DisposeAsync();
        await dialogue.EndAsync();
    }

    [Theory]
    [InlineData(4)]
    [InlineData(6)]
    [InlineData(8)]
    [InlineData(8, "S: 354 go", "C: *PART*")]
    public async Task Cancellation_ends_every_wait_before_the_final_dot(int steps, params string[] more)
    {
        using var stopped = new CancellationTokenSource();
        var dialogue = new Dialogue(0, [.. Started[..steps], .. more, "!: stop", "C: *GONE*"]) { Do = stopped.CancelAsync };
        var connection = await dialogue.ConnectedAsync();
        var guard = new FinalDotGuard(null, 0, stopped.Token);
        var result = await SendAsync(connection, Part(content: Large), RecipientSet.All(1), guard);
        Assert.Equal(SendResultKind.Aborted, result.Status);
        Assert.False(connection.IsUsable);
        await connection.DisposeAsync();
        await dialogue.EndAsync();
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_stall_before_the_final_dot_prevents_it(bool isLarge)
    {
        var time = new FrozenTime();
        using var detector = new StallDetector(time, NullLogger.Instance);
        var content = isLarge ? Large : "Subject: x\r\n\r\nsmall\r\n";
        var dialogue = new Dialogue(0, [.. Started, "!: sleep", "S: 354 go", "C: *REST*"])
        {
            Do = () =>
            {
                time.Advance(IStallDetector.MaxGap + TimeSpan.FromSeconds(1));
                time.Fire();
                return Task.CompletedTask;
            },
        };
        var connection = await dialogue.ConnectedAsync();
        var guard = new FinalDotGuard(detector, detector.Mark(), CancellationToken.None);
        Assert.Equal(SendResultKind.Aborted, (await SendAsync(connection, Part(content: content), RecipientSet.All(1), guard)).Status);
        Assert.False(connection.IsUsable);
        await connection.DisposeAsync();
        await dialogue.EndAsync();
    }

    [Fact]
    public async Task Cancellation_has_no_effect_after_the_final_dot()
    {
        var time = new FrozenTime();
        using var detector = new StallDetector(time, NullLogger.Instance);
        using var stopped = new CancellationTokenSource();
        var dialogue = new Dialogue(0, [.. Started, "S: 354 go", "C: *DATA*", "!: stop and sleep", "S: 250 2.0.0 taken"])
        {
            Do = () =>
            {
                time.Advance(TimeSpan.FromMinutes(1));
                return stopped.CancelAsync();
            },
        };
        var connection = await dialogue.ConnectedAsync();
        var result = await SendAsync(connection, Part(), RecipientSet.All(1), new FinalDotGuard(detector, detector.Mark(), stopped.Token));
        await dialogue.EndAsync();
        Assert.Equal(Disposition.Delivered, Assert.Single(result.Outcomes).Disposition);
    }

    [Fact]
    public async Task Deliveries_before_the_guard_closed_are_reported_and_the_rest_deferred()
    {
        using var stopped = new CancellationTokenSource();
        var dialogue = new Dialogue(0, [.. Started, "S: 354 go", "C: *DATA*", "S: 250 2.0.0 taken",
            From, "S: 250 ok", "C: RCPT TO:<r1@b.test>", "!: stop", "C: *GONE*"])
        {
            Options = new DeliveryOptions { MaxRecipientsPerTransaction = 1 },
            Do = stopped.CancelAsync,
        };
        var connection = await dialogue.ConnectedAsync();
        var result = await SendAsync(connection, Part(3), RecipientSet.All(3), new FinalDotGuard(null, 0, stopped.Token));
        Assert.Equal(SendResultKind.Attempted, result.Status);
        Assert.Equal(
            [(RecipientSet.Of(0), Disposition.Delivered), (RecipientSet.Of(1), Disposition.Deferred),
                (RecipientSet.Of(2), Disposition.Deferred)],
            result.Outcomes.Select(outcome => (outcome.Recipients, outcome.Disposition)));
        Assert.All(result.Outcomes.Skip(1), outcome => Assert.Equal(("4.3.2", ""), (outcome.Reply.Status.ToString(), outcome.RemoteHost)));
        await connection.DisposeAsync();
        await dialogue.EndAsync();
    }

    [Fact]
    public async Task A_long_reply_text_does_not_lose_the_reply()
    {
        var dialogue = new Dialogue(0, [.. Started, "S: 354 go", "C: *DATA*", $"S: 250 2.0.0 {new string('x', 10_000)}"]);
        var connection = await dialogue.ConnectedAsync();
        Assert.Equal(
            Disposition.Delivered, Assert.Single((await SendAsync(connection, Part(), RecipientSet.All(1), default)).Outcomes).Disposition);
        await dialogue.EndAsync();
        Assert.True(connection.IsUsable);
    }

    // The clock of the dialogue stands still, so a wait for a timeout would never end.
    private static Task<SendResult> SendAsync(ISiteConnection connection, SpooledPart part, RecipientSet open, FinalDotGuard guard) =>
        connection.SendAsync(part, open, guard).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
}
