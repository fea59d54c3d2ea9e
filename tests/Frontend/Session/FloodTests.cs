using Postfleet.Frontend.Options;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;

namespace Postfleet.Frontend.Tests.Session;

/// <summary>Clients that talk too early, too much, too slowly or for too long.</summary>
public sealed class FloodTests
{
    private const string Message =
        "C: MAIL FROM:<a@x.test>\nS: 250 *\nC: RCPT TO:<b@y.test>\nS: 250 *\nC: DATA\nS: 354 *\nC: .\nS: 250 2.0.0 *\n";

    [Theory]
    [InlineData("EHLO c\r\n")]
    [InlineData("\r\n")]
    [InlineData("G")]
    public async Task A_stranger_that_talks_before_the_greeting_is_not_greeted(string said)
    {
        var world = new World(new SmtpOptions());
        await using var client = new MemoryClient(world, address: World.Stranger, said: said);
        await client.ExpectAsync("554 5.5.1 Nothing may be said before the greeting");
        await client.ExpectEndAsync();
        Assert.Single(world.Log.Of("rejected"));
    }

    [Fact]
    public async Task A_trusted_client_may_talk_before_the_greeting_and_is_logged_once()
    {
        var world = new World(new SmtpOptions());
        for (var i = 0; i < 3; i++)
        {
            await using var client = new MemoryClient(world, said: "HELO c\r\n");
            await client.ExpectAsync("220 *", "250 *");
        }

        Assert.Single(world.Log.Of("early talk"));
    }

    [Fact]
    public async Task Without_a_delay_nobody_is_refused_for_talking_early()
    {
        var world = new World(new SmtpOptions { GreetingDelay = TimeSpan.Zero });
        await using var client = new MemoryClient(world, address: World.Stranger, said: "HELO c\r\n");
        await client.ExpectAsync("220 *", "250 *");
    }

    [Fact]
    public async Task Near_the_limit_of_connections_a_stranger_has_little_time_and_one_error()
    {
        var world = new World(new SmtpOptions { GreetingDelay = TimeSpan.Zero, MaxConnections = 10 });
        await using var idle = new MemoryClient(world, address: World.Stranger);
        await using var trusted = new MemoryClient(world);
        await idle.ExpectAsync("220 *");
        await trusted.ExpectAsync("220 *");
        Assert.True(world.Services.Stress.Update(9));
        idle.Session.ShortenDeadline();
        trusted.Session.ShortenDeadline();

        await using var late = new MemoryClient(world, address: World.Stranger);
        await late.SendAsync("HELO c\r\nFOO\r\n");
        await late.ExpectAsync("220 *", "250 *", "500 *", "421 4.7.0 Too many errors");
        world.Time.Advance(TimeSpan.FromSeconds(11));
        await idle.ExpectAsync("421 4.4.2 Timeout, closing connection");
        await trusted.SendAsync("NOOP\r\n");
        await trusted.ExpectAsync("250 2.0.0 Ok");

        Assert.Null(world.Services.Stress.Update(8));
        Assert.False(world.Services.Stress.Update(7));
        await using var usual = new MemoryClient(world, address: World.Stranger);
        await usual.ExpectAsync("220 *");
        world.Time.Advance(TimeSpan.FromSeconds(60));
        usual.ExpectSilence();
    }

    [Fact]
    public async Task The_log_names_every_recipient_and_what_was_refused()
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
    public async Task The_greeting_may_be_waited_for()
    {
        var world = new World(new SmtpOptions { GreetingDelay = TimeSpan.FromSeconds(6) });
        await using var early = new MemoryClient(world, address: World.Stranger);
        await using var patient = new MemoryClient(world, address: World.Stranger);
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
    public async Task A_client_that_has_gone_needs_no_greeting()
    {
        var world = new World(new SmtpOptions { GreetingDelay = TimeSpan.FromSeconds(6) });
        await using var client = new MemoryClient(world);
        client.Finish();
        await client.Ended.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Empty(world.Log.Of("rejected"));
    }

    [Fact]
    public Task Commands_that_do_nothing_are_limited_between_two_messages() => Dialogue.ReplayAsync(
        "S: 220 *\nC: HELO c\nS: 250 *\nC: NOOP\nS: 250 *\nC: VRFY x\nS: 252 *\n" + Message
            + "C: RSET\nS: 250 *\nC: NOOP\nS: 250 *\nC: HELP\nS: 214 *\nC: HELO c\nC: QUIT\nS: 421 4.7.0 Too many commands that do nothing\nS. ",
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
    public async Task A_session_does_not_last_for_ever()
    {
        var world = new World(new SmtpOptions { SessionTimeout = TimeSpan.FromMinutes(8) });
        await using var client = new MemoryClient(world);
        await client.ExpectAsync("220 *");
        world.Time.Advance(TimeSpan.FromMinutes(4));
        await client.SendAsync("NOOP\r\n");
        await client.ExpectAsync("250 *");
        world.Time.Advance(TimeSpan.FromMinutes(4.1));
        await client.ExpectAsync("421 4.4.2 Session lasts too long, closing connection");
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task Content_that_drips_is_not_waited_for()
    {
        // 180 s, and a second for each 500 octets: with 100 octets in 10 s the end comes after some 184 s.
        var world = new World();
        await using var client = await InDataAsync(world);
        for (var i = 0; i < 18; i++)
        {
            await client.SendAsync(new string('x', 98) + "\r\n");
            world.Time.Advance(TimeSpan.FromSeconds(10));
            client.ExpectSilence();
        }

        world.Time.Advance(TimeSpan.FromSeconds(10));
        await client.ExpectAsync("421 4.4.2 Data comes too slowly, closing connection");
        await client.ExpectEndAsync();
        Assert.Empty(world.Spool.Stored);
    }

    [Fact]
    public async Task Content_that_comes_fast_enough_may_take_its_time()
    {
        var world = new World();
        await using var client = await InDataAsync(world);
        for (var i = 0; i < 100; i++)
        {
            await client.SendAsync(new string('x', 5998) + "\r\n");
            world.Time.Advance(TimeSpan.FromSeconds(10));
        }

        await client.SendAsync(".\r\n");
        await client.ExpectAsync("250 2.0.0 *");
    }

    [Fact]
    public async Task Of_a_name_that_is_too_long_255_octets_are_kept()
    {
        var worlds = await Dialogue.ReplayAsync(
            $"S: 220 *\nC: HELO {new string('x', 1000)}\nS: 250 *\nC: MAIL FROM:<a@x.test>\nS: 250 *\nC: RCPT TO:<b@y.test>\nS: 250 *\nC: DATA\nS: 354 *\nC: .\nS: 250 *");
        Assert.All(worlds, world => Assert.Equal(new string('x', 255), world.Spool.Stored[0].Envelope.ClientName));
    }

    [Theory]
    [InlineData("\\x00.")]
    [InlineData(".\\x00")]
    [InlineData("\\x00")]
    [InlineData("text\\x00text")]
    public async Task A_nul_in_content_is_refused(string line)
    {
        // A host that drops NUL would find the end of the message in the first of them.
        var worlds = await Dialogue.ReplayAsync(
            $"S: 220 *\nC: HELO c\nS: 250 *\nC: MAIL FROM:<a@x.test>\nS: 250 *\nC: RCPT TO:<b@y.test>\nS: 250 *\nC: DATA\nS: 354 *\n"
            + $"C: hi\nC: {line}\nC: RSET\nC: .\nS: 550 5.6.11 NUL in message content");
        Assert.All(worlds, world => Assert.Empty(world.Spool.Stored));
    }

    /// <summary>Two reasons to refuse, and packets cut anywhere: the client is told the same.</summary>
    [Theory]
    [InlineData("a\\x00b\\rc")]
    [InlineData("a\\rb\\x00c")]
    public Task What_is_said_of_content_does_not_depend_on_packets(string line) => Dialogue.ReplayAsync(
        $"S: 220 *\nC: EHLO c\nS: 250-*\nS: 250-*\nS: 250-*\nS: 250-*\nS: 250-*\nS: 250-*\nS: 250-*\nS: 250-*\nS: 250 *\nC: MAIL FROM:<a@x.test>\nS: 250 *\nC: RCPT TO:<b@y.test>\nS: 250 *\n"
        + $"C| BDAT 5\\r\\n{line}\nS: 550 5.6.11 Bare *\nC: RSET\nS: 250 *\nC: MAIL FROM:<a@x.test>\nS: 250 *\nC: RCPT TO:<b@y.test>\nS: 250 *\nC: DATA\nS: 354 *\nC: {line}\nC: .\nS: 550 5.6.11 Bare *");

    private static async Task<MemoryClient> InDataAsync(World world)
    {
        var client = new MemoryClient(world);
        await client.SendAsync("HELO c\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\n");
        await client.ExpectAsync("220 *", "250 *", "250 *", "250 *", "354 *");
        return client;
    }
}
