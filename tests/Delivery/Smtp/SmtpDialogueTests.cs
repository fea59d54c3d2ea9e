using Postfleet.Core.Queueing;
using Postfleet.Delivery.Options;
using Postfleet.Delivery.Smtp;
using Xunit;
using static Postfleet.Delivery.Tests.Smtp.Dialogue;

namespace Postfleet.Delivery.Tests.Smtp;

/// <summary>Complete SMTP dialogues, each with replies whole (0), line by line (1) and octet by octet (2).</summary>
public class SmtpDialogueTests
{
    private static readonly string[] Plain = ["S: 220 mx", "C: EHLO client.test", "S: 250-mx|250 SIZE"];
    private static readonly string[] Pipelined =
        ["S: 220-mx|220 hello", "C: EHLO client.test", "S: 250-mx|250-PIPELINING|250-8BITMIME|250 SIZE 1000"];

    [Theory, InlineData(0), InlineData(1), InlineData(2)]
    public async Task With_pipelining_a_transaction_is_sent_at_once_and_every_recipient_has_its_outcome(int pieces)
    {
        // All commands are expected before any reply: the client must not wait in between.
        var dialogue = new Dialogue(pieces, [.. Pipelined,
            "C: MAIL FROM:<from@a.test> SIZE=20", "C: RCPT TO:<r0@b.test>", "C: RCPT TO:<r1@b.test>", "C: RCPT TO:<r2@b.test>", "C: DATA",
            "S: 250 2.1.0 ok|250 2.1.5 ok|550 5.1.1 no such user|450 4.2.0 later|354 go", "C: *DATA*", "S: 250 2.0.0 taken"]);
        var connection = await dialogue.ConnectedAsync();
        var result = await connection.SendAsync(Part(3), RecipientSet.All(3), default);
        await dialogue.EndAsync();
        Assert.Equal(Disposition.Delivered, Fate(result, 0));
        Assert.Equal(Disposition.Failed, Fate(result, 1));
        Assert.Equal(Disposition.Deferred, Fate(result, 2));
        Assert.True(connection.IsUsable);
        Assert.All(result.Outcomes, outcome => Assert.Equal("mx.b.test[192.0.2.1]:25", outcome.RemoteHost));
    }

    [Theory, InlineData(0), InlineData(1), InlineData(2)]
    public async Task Without_pipelining_each_command_waits_for_the_previous_reply(int pieces)
    {
        var dialogue = new Dialogue(pieces, [.. Plain,
            "C: MAIL FROM:<from@a.test> SIZE=20", "S: 250 ok", "C: RCPT TO:<r0@b.test>", "S: 250 ok", "C: DATA", "S: 354 go", "C: *DATA*",
            "S: 250 taken",
            "C: MAIL FROM:<from@a.test> SIZE=20", "S: 250 ok", "C: RCPT TO:<r0@b.test>", "S: 550 no", "C: RSET", "S: 250 ok", "C: QUIT",
            "S: 221 bye"]);
        var connection = await dialogue.ConnectedAsync();
        Assert.Equal(Disposition.Delivered, Fate(await connection.SendAsync(Part(), RecipientSet.All(1), default), 0));
        Assert.Equal(Disposition.Failed, Fate(await connection.SendAsync(Part(), RecipientSet.All(1), default), 0));
        await connection.QuitAsync();
        await dialogue.EndAsync();
        Assert.Equal(2, connection.Messages);
    }

    [Theory]
    [InlineData("451 4.7.1 later", Disposition.Deferred)]
    [InlineData("550 5.7.1 never", Disposition.Failed)]
    [InlineData("354 what", Disposition.Deferred)]
    public async Task A_refused_sender_applies_to_all_recipients_and_the_connection_stays_open(string reply, Disposition expected)
    {
        var dialogue = new Dialogue(0, [.. Plain, "C: MAIL FROM:<from@a.test> SIZE=20", $"S: {reply}", "C: RSET", "S: 250 ok"]);
        var connection = await dialogue.ConnectedAsync();
        var result = await connection.SendAsync(Part(2), RecipientSet.All(2), default);
        await dialogue.EndAsync();
        Assert.Equal((expected, expected), (Fate(result, 0), Fate(result, 1)));
        Assert.True(connection.IsUsable);
    }

    [Fact]
    public async Task A_server_that_wants_content_without_recipients_gets_an_empty_message()
    {
        var dialogue = new Dialogue(0, [.. Pipelined, "C: MAIL FROM:<from@a.test> SIZE=20", "C: RCPT TO:<r0@b.test>", "C: DATA",
            "S: 250 ok|550 5.1.1 no|354 go", "C: .", "S: 554 nothing"]);
        var connection = await dialogue.ConnectedAsync();
        Assert.Equal(Disposition.Failed, Fate(await connection.SendAsync(Part(), RecipientSet.All(1), default), 0));
        await dialogue.EndAsync();
        Assert.True(connection.IsUsable);
    }

    [Fact]
    public async Task Recipients_beyond_the_limit_of_a_transaction_go_in_the_next_transaction()
    {
        var dialogue = new Dialogue(0, [.. Plain,
            "C: MAIL FROM:<from@a.test> SIZE=20", "S: 250 ok", "C: RCPT TO:<r0@b.test>", "S: 250 ok", "C: RCPT TO:<r1@b.test>",
            "S: 452 4.5.3 too many",
            "C: DATA", "S: 354 go", "C: *DATA*", "S: 250 one",
            "C: MAIL FROM:<from@a.test> SIZE=20", "S: 250 ok", "C: RCPT TO:<r2@b.test>", "S: 250 ok", "C: RCPT TO:<r1@b.test>", "S: 250 ok",
            "C: DATA", "S: 354 go", "C: *DATA*", "S: 250 two"])
        {
            Options = new DeliveryOptions { MaxRecipientsPerTransaction = 2 },
        };
        var connection = await dialogue.ConnectedAsync();
        var result = await connection.SendAsync(Part(3), RecipientSet.All(3), default);
        await dialogue.EndAsync();
        Assert.All(Enumerable.Range(0, 3), i => Assert.Equal(Disposition.Delivered, Fate(result, i)));
    }

    [Theory]
    [InlineData("452 who knows", Disposition.Deferred)]
    [InlineData("452 4.5.3 too many", Disposition.Deferred)]
    [InlineData("552 as RFC 821 had it", Disposition.Failed)]
    [InlineData("552 5.5.3 too many", Disposition.Failed)]
    public async Task Too_many_recipients_applies_only_after_an_accepted_recipient(string reply, Disposition alone)
    {
        string[] mail = ["C: MAIL FROM:<from@a.test> SIZE=20", "S: 250 ok"];
        var dialogue = new Dialogue(0, [.. Plain,
            .. mail, "C: RCPT TO:<r0@b.test>", "S: 250 ok", "C: RCPT TO:<r1@b.test>", $"S: {reply}", "C: DATA", "S: 354 go", "C: *DATA*",
            "S: 250 one",
            .. mail, "C: RCPT TO:<r1@b.test>", "S: 250 ok", "C: DATA", "S: 354 go", "C: *DATA*", "S: 250 two",
            .. mail, "C: RCPT TO:<r0@b.test>", $"S: {reply}", "C: RSET", "S: 250 ok"]);
        var connection = await dialogue.ConnectedAsync();
        var result = await connection.SendAsync(Part(2), RecipientSet.All(2), default);
        Assert.Equal((Disposition.Delivered, Disposition.Delivered), (Fate(result, 0), Fate(result, 1)));
        // If no recipient was accepted, the reply concerns the recipient and is kept unchanged.
        var last = await connection.SendAsync(Part(), RecipientSet.All(1), default);
        Assert.Equal((alone, reply), (Fate(last, 0), last.Outcomes[0].Reply.ToString()));
        await dialogue.EndAsync();
    }

    [Theory]
    [InlineData("452 4.2.2 mailbox full", Disposition.Deferred)]
    [InlineData("552 5.2.2 mailbox full", Disposition.Failed)]
    [InlineData("452 4.3.1 disk full", Disposition.Deferred)]
    public async Task A_full_mailbox_affects_only_its_recipient(string reply, Disposition expected)
    {
        var dialogue = new Dialogue(0, [.. Plain, "C: MAIL FROM:<from@a.test> SIZE=20", "S: 250 ok", "C: RCPT TO:<r0@b.test>", "S: 250 ok",
            "C: RCPT TO:<r1@b.test>", $"S: {reply}", "C: DATA", "S: 354 go", "C: *DATA*", "S: 250 one"]);
        var result = await (await dialogue.ConnectedAsync()).SendAsync(Part(2), RecipientSet.All(2), default);
        await dialogue.EndAsync();
        Assert.Equal((Disposition.Delivered, expected), (Fate(result, 0), Fate(result, 1)));
    }

    [Fact]
    public async Task Only_open_recipients_are_sent_to()
    {
        var dialogue = new Dialogue(0, [.. Plain, "C: MAIL FROM:<from@a.test> SIZE=20", "S: 250 ok", "C: RCPT TO:<r1@b.test>", "S: 250 ok",
            "C: DATA", "S: 354 go", "C: *DATA*", "S: 250 taken"]);
        var connection = await dialogue.ConnectedAsync();
        var result = await connection.SendAsync(Part(3), RecipientSet.Of(1), default);
        await dialogue.EndAsync();
        Assert.Equal(RecipientSet.Of(1), Assert.Single(result.Outcomes).Recipients);
    }

    [Fact]
    public async Task Eight_bit_content_is_declared_or_refused()
    {
        var offered = new Dialogue(
            0, [.. Pipelined, "C: MAIL FROM:<from@a.test> SIZE=20 BODY=8BITMIME", "C: RCPT TO:<r0@b.test>", "C: DATA",
            "S: 250 ok|250 ok|354 go", "C: *DATA*", "S: 250 taken"]);
        var result = await (await offered.ConnectedAsync()).SendAsync(Part(isEightBit: true), RecipientSet.All(1), default);
        await offered.EndAsync();
        Assert.Equal(Disposition.Delivered, Fate(result, 0));

        var refused = new Dialogue(0, Plain) { Options = new DeliveryOptions { EightBit = "refuse" } };
        result = await (await refused.ConnectedAsync()).SendAsync(Part(isEightBit: true), RecipientSet.All(1), default);
        await refused.EndAsync();
        Assert.Equal((Disposition.Failed, "5.6.3", ""),
            (Fate(result, 0), result.Outcomes[0].Reply.Status.ToString(), result.Outcomes[0].RemoteHost));
    }

    [Fact]
    public async Task A_message_above_the_servers_size_limit_is_not_sent()
    {
        var dialogue = new Dialogue(0, Pipelined);
        var part = Part(content: new string('x', 1001));
        var result = await (await dialogue.ConnectedAsync()).SendAsync(part, RecipientSet.All(1), default);
        await dialogue.EndAsync();
        Assert.Equal((Disposition.Failed, "5.3.4", ""),
            (Fate(result, 0), result.Outcomes[0].Reply.Status.ToString(), result.Outcomes[0].RemoteHost));
    }

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
    public async Task A_stray_line_in_the_reply_to_EHLO_is_skipped()
    {
        var dialogue = new Dialogue(0, "S: 220 mx", "C: EHLO client.test", "S: 250-mx|a stray line|250-PIPELINING||250 SIZE 1000",
            "C: MAIL FROM:<from@a.test> SIZE=20", "C: RCPT TO:<r0@b.test>", "C: DATA", "S: 250 ok|250 ok|354 go", "C: *DATA*", "S: 250 ok");
        var result = await (await dialogue.ConnectedAsync()).SendAsync(Part(), RecipientSet.All(1), default);
        await dialogue.EndAsync();
        Assert.Equal(Disposition.Delivered, Fate(result, 0));
    }

    [Fact]
    public async Task HELO_follows_a_temporary_refusal_of_EHLO()
    {
        var dialogue = new Dialogue(0, "S: 220 old", "C: EHLO client.test", "S: 451 4.3.0 what", "C: HELO client.test", "S: 250 old",
            "C: MAIL FROM:<from@a.test>", "S: 250 ok", "C: RCPT TO:<r0@b.test>", "S: 250 ok", "C: DATA", "S: 354 go", "C: *DATA*",
            "S: 250 ok");
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

    [Fact]
    public async Task A_server_without_ehlo_is_sent_helo()
    {
        var dialogue = new Dialogue(0, "S: 220 old", "C: EHLO client.test", "S: 502 what", "C: HELO client.test", "S: 250 old",
            "C: MAIL FROM:<from@a.test>", "S: 250 ok", "C: RCPT TO:<r0@b.test>", "S: 250 ok", "C: DATA", "S: 354 go", "C: *DATA*",
            "S: 250 taken");
        var connection = await dialogue.ConnectedAsync();
        Assert.Equal(Disposition.Delivered, Fate(await connection.SendAsync(Part(), RecipientSet.All(1), default), 0));
        await dialogue.EndAsync();
    }

    [Fact]
    public async Task Extensions_in_a_reply_to_helo_are_ignored()
    {
        var dialogue = new Dialogue(
            0, "S: 220 old", "C: EHLO client.test", "S: 502 what", "C: HELO client.test", "S: 250-old|250-PIPELINING|250 SIZE 10",
            "C: MAIL FROM:<from@a.test>", "S: 250 ok", "C: RCPT TO:<r0@b.test>", "S: 250 ok", "C: DATA", "S: 354 go", "C: *DATA*",
            "S: 250 taken");
        var connection = await dialogue.ConnectedAsync();
        Assert.Equal(Disposition.Delivered, Fate(await connection.SendAsync(Part(), RecipientSet.All(1), default), 0));
        await dialogue.EndAsync();
    }

    [Theory]
    [InlineData()]
    [InlineData("S: 220 mx", "C: EHLO client.test")]
    [InlineData("S: 220 mx", "C: EHLO client.test", "S: 502 what", "C: HELO client.test")]
    public async Task Cancellation_does_not_wait_for_a_greeting(params string[] script)
    {
        using var stopped = new CancellationTokenSource();
        var dialogue = new Dialogue(0, [.. script, "!: stop", "C: *GONE*"]) { Do = stopped.CancelAsync };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => dialogue.ConnectAsync(stopped.Token));
        await dialogue.EndAsync();
        Assert.NotNull(dialogue.IsAborted);
    }

    [Theory]
    [InlineData("554 5.7.1 not you")]
    [InlineData("421 4.3.2 busy")]
    [InlineData("what?|554 5.7.1 not you")]
    [InlineData("220-mx|what?|421 4.3.2 busy")]
    public async Task A_host_without_a_valid_greeting_is_skipped_and_fails_no_message(string greeting)
    {
        var dialogue = new Dialogue(0, $"S: {greeting}");
        Assert.True(Assert.IsType<ConnectResult.Refused>(await dialogue.ConnectAsync()).Reply.IsTransient);
        await dialogue.EndAsync();
    }

    [Theory, InlineData(0), InlineData(1), InlineData(2)]
    public async Task Lines_without_a_code_in_a_greeting_are_skipped(int pieces)
    {
        foreach (var greeting in (string[])["** a firewall **|220 mx", "|220 mx", "2200 mx|22|220_|220-mx|what?|220 mx"])
        {
            var dialogue = new Dialogue(pieces, [$"S: {greeting}", .. Plain[1..], "C: QUIT", "S: 221 bye"]);
            await using (var connection = await dialogue.ConnectedAsync()) await connection.QuitAsync();
            await dialogue.EndAsync();
        }
    }

    [Theory, InlineData(0), InlineData(1), InlineData(2)]
    public async Task Too_many_lines_without_a_code_in_a_greeting_end_the_connection(int pieces)
    {
        var lines = string.Join('|', Enumerable.Repeat("what?", ReplyParser.MaxStrayInGreeting + 1));
        var dialogue = new Dialogue(pieces, $"S: {lines}");
        var refused = Assert.IsType<ConnectResult.Refused>(await dialogue.ConnectAsync()).Reply;
        await dialogue.EndAsync();
        Assert.True(refused.IsTransient);
        Assert.Contains("protocol error (the host sent \"what?", refused.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_greeting_without_a_code_times_out_as_a_greeting()
    {
        var dialogue = new Dialogue(0, "S: SSH-2.0-OpenSSH", "S: *HANG*");
        var refused = Assert.IsType<ConnectResult.Refused>(await dialogue.WaitAsync(dialogue.ConnectAsync())).Reply;
        await dialogue.EndAsync();
        Assert.True(refused.IsTransient);
        Assert.Contains("timed out (the host sent \"SSH-2.0-OpenSSH", refused.Text, StringComparison.Ordinal);
    }

    private static Disposition Fate(SendResult result, int recipient) =>
        Assert.Single(result.Outcomes, outcome => outcome.Recipients.Contains(recipient)).Disposition;
}
