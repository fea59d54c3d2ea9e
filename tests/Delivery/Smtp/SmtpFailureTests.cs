using Postfleet.Core.Queueing;
using Postfleet.Delivery.Smtp;
using Xunit;
using static Postfleet.Delivery.Tests.Smtp.Dialogue;

namespace Postfleet.Delivery.Tests.Smtp;

/// <summary>Peers close, hang or send unexpected lines.</summary>
public sealed class SmtpFailureTests : SmtpDialogueFixture
{
    [Fact]
    public async Task A_421_reply_defers_the_message_and_ends_the_connection()
    {
        var dialogue = new Dialogue(0, [.. Plain, "C: MAIL FROM:<from@a.test> SIZE=20", "S: 421 4.3.2 closing"]);
        var connection = await dialogue.ConnectedAsync();
        Assert.Equal(Disposition.Deferred, Fate(await connection.SendAsync(Part(), RecipientSet.All(1), default), 0));
        Assert.False(connection.IsUsable);
        await dialogue.EndAsync();
    }

    [Fact]
    public async Task A_reply_sent_before_the_peer_closed_is_read_after_a_failed_write()
    {
        var dialogue = new Dialogue(0, [.. Plain, "S: 421 4.3.2 closing", "S: *DEAF*"]);
        var connection = await dialogue.ConnectedAsync();
        await dialogue.EndAsync();
        var outcome = Assert.Single((await connection.SendAsync(Part(), RecipientSet.All(1), default)).Outcomes);
        Assert.Equal((Disposition.Deferred, "421 4.3.2 closing"), (outcome.Disposition, outcome.Reply.ToString()));
    }

    [Theory]
    [InlineData("S: *DROP*")]
    [InlineData("S: *RESET*")]
    [InlineData("S: 421 4.4.2 idle too long")]
    public async Task A_connection_lost_while_idle_costs_no_attempt(string death)
    {
        var idle = new TaskCompletionSource();
        var dialogue = new Dialogue(0, [.. Plain, "C: MAIL FROM:<from@a.test> SIZE=20", "S: 250 ok", "C: RCPT TO:<r0@b.test>", "S: 250 ok",
            "C: DATA", "S: 354 go", "C: *DATA*", "S: 250 taken", "!: wait", death])
        {
            Do = () => idle.Task,
        };
        var connection = await dialogue.ConnectedAsync();
        Assert.Equal(Disposition.Delivered, Fate(await connection.SendAsync(Part(), RecipientSet.All(1), default), 0));
        idle.SetResult();
        await dialogue.EndAsync();
        var result = await connection.SendAsync(Part(), RecipientSet.All(1), default);
        Assert.Equal(SendResultKind.Stale, result.Status);
        Assert.Empty(result.Outcomes);
        Assert.False(connection.IsUsable);
    }

    [Theory]
    [InlineData("S: *DROP*", 0, false)]
    [InlineData("S: *DROP*", 1, true)]
    [InlineData("S: *RESET*", 1, true)]
    [InlineData("S: 421 4.4.2 idle too long", 1, true)]
    public async Task A_connection_lost_before_its_first_message_is_stale_if_it_has_waited(string death, int seconds, bool isStale)
    {
        foreach (var isMailSent in new[] { false, true })
        {
            var idle = new TaskCompletionSource();
            var dialogue = new Dialogue(
                0, [.. Plain, "!: wait", .. isMailSent ? (string[])["C: MAIL FROM:<from@a.test> SIZE=20"] : [], death])
            {
                Do = () => idle.Task,
            };
            var connection = await dialogue.ConnectedAsync();
            dialogue.Time.Advance(TimeSpan.FromSeconds(seconds));
            idle.SetResult();
            if (!isMailSent) await dialogue.EndAsync();
            var result = await connection.SendAsync(Part(), RecipientSet.All(1), default);
            if (isMailSent) await dialogue.EndAsync();
            Assert.Equal(isStale ? SendResultKind.Stale : SendResultKind.Attempted, result.Status);
            Assert.False(connection.IsUsable);
        }
    }

    [Theory]
    [InlineData("S: *DROP*", true)]
    [InlineData("S: *RESET*", true)]
    [InlineData("S: 421 4.7.0 that was enough", true)]
    [InlineData("S: *HANG*", false)]
    [InlineData("S: nonsense", false)]
    public async Task Only_a_connection_closed_at_its_next_message_is_stale(string death, bool isStale)
    {
        var dialogue = new Dialogue(0, [.. Plain, "C: MAIL FROM:<from@a.test> SIZE=20", "S: 250 ok", "C: RCPT TO:<r0@b.test>", "S: 250 ok",
            "C: DATA", "S: 354 go", "C: *DATA*", "S: 250 taken", "C: MAIL FROM:<from@a.test> SIZE=20", death]);
        var connection = await dialogue.ConnectedAsync();
        Assert.Equal(Disposition.Delivered, Fate(await connection.SendAsync(Part(), RecipientSet.All(1), default), 0));
        var result = await dialogue.WaitAsync(connection.SendAsync(Part(), RecipientSet.All(1), default).AsTask());
        await dialogue.EndAsync();
        Assert.Equal(isStale ? SendResultKind.Stale : SendResultKind.Attempted, result.Status);
        if (!isStale) Assert.Equal(Disposition.Deferred, Fate(result, 0));
        Assert.False(connection.IsUsable);
    }

    // Lines beside the reply proper must not cause a second copy.
    [Theory]
    [InlineData("Thank you for your mail|250 ok")]
    [InlineData("|250 ok")]
    [InlineData("250-ok|251 really")]
    [InlineData("250 ok")]
    public async Task A_stray_line_in_the_reply_to_the_final_dot_is_skipped(string reply)
    {
        var dialogue = new Dialogue(0, [.. Plain, "C: MAIL FROM:<from@a.test> SIZE=20", "S: 250 ok", "C: RCPT TO:<r0@b.test>", "S: 250 ok",
            "C: DATA", "S: 354 go", "C: *DATA*", $"S: {reply}"]);
        var result = await (await dialogue.ConnectedAsync()).SendAsync(Part(), RecipientSet.All(1), default);
        await dialogue.EndAsync();
        Assert.Equal(Disposition.Delivered, Fate(result, 0));
    }

    [Fact]
    public async Task An_endless_reply_counts_by_its_code_and_ends_the_connection()
    {
        var dialogue = new Dialogue(0, [.. Plain, "C: MAIL FROM:<from@a.test> SIZE=20", "S: 250 ok", "C: RCPT TO:<r0@b.test>",
            $"S: {string.Concat(Enumerable.Range(0, 5_000).Select(i => $"550-5.1.1 line {i} of very many|"))}550 5.1.1 end"]);
        var connection = await dialogue.ConnectedAsync();
        var result = await connection.SendAsync(Part(), RecipientSet.All(1), default);
        Assert.Equal((Disposition.Failed, "5.1.1"), (Fate(result, 0), result.Outcomes[0].Reply.Status?.ToString()));
        Assert.False(connection.IsUsable);
    }

    [Theory]
    [InlineData("S: *DROP*", "connection lost")]
    [InlineData("S: *RESET*", "connection lost")]
    [InlineData("S: *HANG*", "timed out")]
    [InlineData("S: nonsense", "timed out (the host sent \"nonsense??\")")]
    public async Task A_failure_after_the_final_dot_defers_and_ends_the_connection(string death, string reason)
    {
        var dialogue = new Dialogue(0, [.. Pipelined, "C: MAIL FROM:<from@a.test> SIZE=20", "C: RCPT TO:<r0@b.test>", "C: DATA",
            "S: 250 ok|250 ok|354 go", "C: *DATA*", death]);
        var connection = await dialogue.ConnectedAsync();
        var result = await dialogue.WaitAsync(connection.SendAsync(Part(), RecipientSet.All(1), default).AsTask());
        await dialogue.EndAsync();
        Assert.Equal(Disposition.Deferred, Fate(result, 0));
        // A locally generated reply must not be reported as the host's, but it names the host.
        Assert.Equal("", result.Outcomes[0].RemoteHost);
        Assert.StartsWith($"mx.b.test[192.0.2.1]:25: {reason}", result.Outcomes[0].Reply.Text, StringComparison.Ordinal);
        Assert.False(connection.IsUsable);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(7)]
    public async Task A_server_that_hangs_at_any_step_times_out(int step)
    {
        string[] script = [.. Plain, "C: MAIL FROM:<from@a.test> SIZE=20", "S: 250 ok", "C: RCPT TO:<r0@b.test>", "S: 250 ok", "C: DATA"];
        var dialogue = new Dialogue(0, script[..step]);
        var connecting = await dialogue.WaitAsync(dialogue.ConnectAsync());
        if (connecting is not ConnectResult.Connected { Connection: var connection })
        {
            Assert.Contains("timed out", Assert.IsType<ConnectResult.Refused>(connecting).Reply.Text, StringComparison.Ordinal);
            return;
        }

        var result = await dialogue.WaitAsync(connection.SendAsync(Part(), RecipientSet.All(1), default).AsTask());
        Assert.Equal(Disposition.Deferred, Fate(result, 0));
        Assert.Contains("timed out", result.Outcomes[0].Reply.Text, StringComparison.Ordinal);
    }
}
