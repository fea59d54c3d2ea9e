using Postfleet.Frontend.Options;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;

namespace Postfleet.Frontend.Tests.Session;

/// <summary>Clients send too early, too much, too slowly or for too long.</summary>
public sealed class FloodTests
{
    private const string Message =
        "C: MAIL FROM:<a@x.test>\nS: 250 *\nC: RCPT TO:<b@y.test>\nS: 250 *\nC: DATA\nS: 354 *\nC: .\nS: 250 2.0.0 *\n";

    [Theory]
    [InlineData("EHLO c\r\n")]
    [InlineData("\r\n")]
    [InlineData("G")]
    public async Task An_untrusted_client_that_sends_before_the_greeting_is_refused(string input)
    {
        var world = new World(new SmtpOptions());
        await using var client = new MemoryClient(world, address: World.Untrusted, early: input);
        await client.ExpectAsync("554 5.5.1 Input before the greeting is not allowed");
        await client.ExpectEndAsync();
        Assert.Single(world.Log.Of("rejected"));
    }

    [Fact]
    public async Task A_trusted_client_may_send_before_the_greeting_and_is_logged_once()
    {
        var world = new World(new SmtpOptions());
        for (var i = 0; i < 3; i++)
        {
            await using var client = new MemoryClient(world, early: "HELO c\r\n");
            await client.ExpectAsync("220 *", "250 *");
        }

        Assert.Single(world.Log.Of("early talk"));
    }

    [Fact]
    public async Task Without_a_greeting_delay_early_input_is_accepted()
    {
        var world = new World(new SmtpOptions { GreetingDelay = TimeSpan.Zero });
        await using var client = new MemoryClient(world, address: World.Untrusted, early: "HELO c\r\n");
        await client.ExpectAsync("220 *", "250 *");
    }

    [Fact]
    public async Task Stress_mode_limits_the_time_and_the_errors_of_an_untrusted_client()
    {
        var world = new World(new SmtpOptions { GreetingDelay = TimeSpan.Zero, MaxConnections = 10 });
        await using var idle = new MemoryClient(world, address: World.Untrusted);
        await using var trusted = new MemoryClient(world);
        await idle.ExpectAsync("220 *");
        await trusted.ExpectAsync("220 *");
        Assert.True(world.Services.Stress.Update(9));
        idle.Session.ShortenDeadline();
        trusted.Session.ShortenDeadline();

        await using var late = new MemoryClient(world, address: World.Untrusted);
        await late.SendAsync("HELO c\r\nFOO\r\n");
        await late.ExpectAsync("220 *", "250 *", "500 *", "421 4.7.0 Too many errors");
        world.Time.Advance(TimeSpan.FromSeconds(11));
        await idle.ExpectAsync("421 4.4.2 Timeout, closing connection");
        await trusted.SendAsync("NOOP\r\n");
        await trusted.ExpectAsync("250 2.0.0 Ok");

        Assert.Null(world.Services.Stress.Update(8));
        Assert.False(world.Services.Stress.Update(7));
        await using var usual = new MemoryClient(world, address: World.Untrusted);
        await usual.ExpectAsync("220 *");
        world.Time.Advance(TimeSpan.FromSeconds(60));
        usual.ExpectSilence();
    }

    [Fact]
    public async Task The_log_names_every_recipient_and_refused_command()
    {
        var world = new World();
        await using var client = new MemoryClient(world);
        await client.SendAsync("HELO c\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<bad\r\n");
        for (var i = 0; i < 100; i++) await client.SendAsync($"RCPT TO:<recipient{i}@y.test>\r\n");
        await client.SendAsync("DATA\r\n.\r\n");
        string? line;
        do line = await client.ReadLineAsync();
        while (line?.StartsWith("250 2.0.0 Ok: queued", StringComparison.Ordinal) is false);

        var refused = Assert.Single(world.Log.Of("rejected")).Fields;
        Assert.Equal(("RCPT TO:<bad", "a@x.test"), (refused["Command"], refused["From"]));
        var lines = world.Log.Of("accepted").Concat(world.Log.Of("accepted also")).Select(entry => (string)entry.Fields["Recipients"]!)
            .ToList();
        Assert.All(lines, text => Assert.InRange(text.Length, 1, 1_000));
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"recipient{i}@y.test"), lines.SelectMany(text => text.Split(',')));
    }

    [Fact]
    public async Task A_silent_client_is_greeted_after_the_delay()
    {
        var world = new World(new SmtpOptions { GreetingDelay = TimeSpan.FromSeconds(6) });
        await using var early = new MemoryClient(world, address: World.Untrusted);
        await using var patient = new MemoryClient(world, address: World.Untrusted);
        world.Time.Advance(TimeSpan.FromSeconds(5));
        early.ExpectSilence();
        await early.SendAsync("E");
        await early.ExpectAsync("554 5.5.1 *");
        await early.ExpectEndAsync();
        patient.ExpectSilence();
        world.Time.Advance(TimeSpan.FromSeconds(2));
        await patient.ExpectAsync("220 *");
        await patient.SendAsync("NOOP\r\n");
        await patient.ExpectAsync("250 *");
    }

    [Fact]
    public async Task A_client_that_leaves_before_the_greeting_ends_the_session()
    {
        var world = new World(new SmtpOptions { GreetingDelay = TimeSpan.FromSeconds(6) });
        await using var client = new MemoryClient(world);
        client.Finish();
        await client.Ended.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Empty(world.Log.Of("rejected"));
    }

    [Fact]
    public Task Junk_commands_are_limited_between_two_messages() => Dialogue.ReplayAsync(
        "S: 220 *\nC: HELO c\nS: 250 *\nC: NOOP\nS: 250 *\nC: VRFY x\nS: 252 *\n" + Message
            + "C: RSET\nS: 250 *\nC: NOOP\nS: 250 *\nC: HELP\nS: 214 *\n"
            + "C: HELO c\nC: QUIT\nS: 421 4.7.0 Too many commands that do nothing\nS. ",
        () => new World(new SmtpOptions { MaxJunkCommands = 3 }));

    [Fact]
    public Task Commands_of_a_session_are_limited() => Dialogue.ReplayAsync(
        "S: 220 *\nC: HELO c\nS: 250 *\n" + Message
            + "C: MAIL FROM:<>\nS: 250 *\nC: RCPT TO:<b@y.test>\nC: QUIT\nS: 421 4.7.0 Too many commands in one session\nS. ",
        () => new World(new SmtpOptions { MaxCommands = 5 }));

    [Fact]
    public Task Messages_of_a_session_are_limited() => Dialogue.ReplayAsync(
        "S: 220 *\nC: HELO c\nS: 250 *\n" + Message + Message
            + "C: MAIL FROM:<a@x.test>\nS: 421 4.7.0 Too many messages in one session\nS. ",
        () => new World(new SmtpOptions { MaxMessagesPerConnection = 2 }));

    [Fact]
    public async Task A_session_has_a_greatest_duration()
    {
        var world = new World(new SmtpOptions { SessionTimeout = TimeSpan.FromMinutes(8) });
        await using var client = new MemoryClient(world);
        await client.ExpectAsync("220 *");
        world.Time.Advance(TimeSpan.FromMinutes(4));
        await client.SendAsync("NOOP\r\n");
        await client.ExpectAsync("250 *");
        world.Time.Advance(TimeSpan.FromMinutes(4.1));
        await client.ExpectAsync("421 4.4.2 Session too long, closing connection");
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task Content_below_the_least_rate_ends_the_session()
    {
        // The budget is 180 s and 1 s per 500 octets: with 100 octets in 10 s it ends after about 184 s.
        var world = new World();
        await using var client = await MemoryClient.InDataAsync(world);
        for (var i = 0; i < 18; i++)
        {
            await client.SendAsync(new string('x', 98) + "\r\n");
            world.Time.Advance(TimeSpan.FromSeconds(10));
            client.ExpectSilence();
        }

        world.Time.Advance(TimeSpan.FromSeconds(10));
        await client.ExpectAsync("421 4.4.2 Data rate too low, closing connection");
        await client.ExpectEndAsync();
        Assert.Empty(world.Submission.Stored);
    }

    [Fact]
    public async Task Content_above_the_least_rate_has_no_total_time_limit()
    {
        var world = new World();
        await using var client = await MemoryClient.InDataAsync(world);
        for (var i = 0; i < 100; i++)
        {
            await client.SendAsync(new string('x', 5998) + "\r\n");
            world.Time.Advance(TimeSpan.FromSeconds(10));
        }

        await client.SendAsync(".\r\n");
        await client.ExpectAsync("250 2.0.0 *");
    }

    [Fact]
    public async Task A_HELO_name_is_truncated_to_255_octets()
    {
        var worlds = await Dialogue.ReplayAsync(
            $"S: 220 *\nC: HELO {new string('x', 1000)}\nS: 250 *\n" +
            "C: MAIL FROM:<a@x.test>\nS: 250 *\nC: RCPT TO:<b@y.test>\nS: 250 *\nC: DATA\nS: 354 *\nC: .\nS: 250 *");
        Assert.All(worlds, world => Assert.Equal(new string('x', 255), world.Submission.Stored[0].Envelope.ClientName));
    }

    [Theory]
    [InlineData("\\x00.")]
    [InlineData(".\\x00")]
    [InlineData("\\x00")]
    [InlineData("text\\x00text")]
    public async Task A_NUL_in_content_is_refused(string line)
    {
        // For a host that drops NUL, the first line would end the message.
        var worlds = await Dialogue.ReplayAsync(
            $"S: 220 *\nC: HELO c\nS: 250 *\nC: MAIL FROM:<a@x.test>\nS: 250 *\nC: RCPT TO:<b@y.test>\nS: 250 *\nC: DATA\nS: 354 *\n"
            + $"C: hi\nC: {line}\nC: RSET\nC: .\nS: 550 5.6.11 NUL in message content");
        Assert.All(worlds, world => Assert.Empty(world.Submission.Stored));
    }

    /// <summary>Content with two reasons for refusal gets the same reply in any split.</summary>
    [Theory]
    [InlineData("a\\x00b\\rc")]
    [InlineData("a\\rb\\x00c")]
    public Task The_reply_to_content_does_not_depend_on_packets(string line) => Dialogue.ReplayAsync(
        "S: 220 *\nC: HELO c\nS: 250 *\nC: MAIL FROM:<a@x.test>\nS: 250 *\nC: RCPT TO:<b@y.test>\nS: 250 *\n"
        + $"C| BDAT 5\\r\\n{line}\nS: 550 5.6.11 Bare *\nC: RSET\nS: 250 *\n"
        + "C: MAIL FROM:<a@x.test>\nS: 250 *\nC: RCPT TO:<b@y.test>\nS: 250 *\nC: DATA\nS: 354 *\n"
        + $"C: {line}\nC: .\nS: 550 5.6.11 Bare *");
}
