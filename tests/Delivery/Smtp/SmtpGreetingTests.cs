using Postfleet.Core.Queueing;
using Postfleet.Delivery.Smtp;
using Xunit;
using static Postfleet.Delivery.Tests.Smtp.Dialogue;

namespace Postfleet.Delivery.Tests.Smtp;

/// <summary>Greetings and EHLO, each with replies whole (0), line by line (1) and octet by octet (2).</summary>
public sealed class SmtpGreetingTests : SmtpDialogueFixture
{
    [Fact]
    public async Task A_stray_line_in_the_reply_to_EHLO_is_skipped()
    {
        var dialogue = new Dialogue(0, "S: 220 mx", "C: EHLO client.test", "S: 250-mx|a stray line|250-PIPELINING||250 SIZE 1000",
            "C: MAIL FROM:<from@a.test> SIZE=20", "C: RCPT TO:<r0@b.test>", "C: DATA", "S: 250 ok|250 ok|354 go", "C: *DATA*", "S: 250 ok");
        var result = await (await dialogue.ConnectedAsync()).SendAsync(Part(), RecipientSet.All(1), default);
        await dialogue.EndAsync();
        Assert.Equal(Disposition.Delivered, Fate(result, 0));
    }

    /// <summary>Extensions in a reply to HELO are ignored.</summary>
    [Theory]
    [InlineData("451 4.3.0 what", "250 old")]
    [InlineData("502 what", "250 old")]
    [InlineData("502 what", "250-old|250-PIPELINING|250 SIZE 10")]
    public async Task HELO_follows_a_refusal_of_EHLO(string refusal, string reply)
    {
        var dialogue = new Dialogue(0, "S: 220 old", "C: EHLO client.test", $"S: {refusal}", "C: HELO client.test", $"S: {reply}",
            "C: MAIL FROM:<from@a.test>", "S: 250 ok", "C: RCPT TO:<r0@b.test>", "S: 250 ok", "C: DATA", "S: 354 go", "C: *DATA*",
            "S: 250 taken");
        var result = await (await dialogue.ConnectedAsync()).SendAsync(Part(), RecipientSet.All(1), default);
        await dialogue.EndAsync();
        Assert.Equal(Disposition.Delivered, Fate(result, 0));
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
}
