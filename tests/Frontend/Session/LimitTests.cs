using System.Text;
using Postfleet.Core.Units;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;

namespace Postfleet.Frontend.Tests.Session;

/// <summary>What a session may take of the server, in number, memory and time.</summary>
public sealed class LimitTests
{
    private static readonly TimeSpan CommandTimeout = new SmtpOptions().CommandTimeout;
    private static readonly TimeSpan DataTimeout = new SmtpOptions().DataTimeout;
    private static readonly SmtpOptions Talkative = new() { MaxJunkCommands = 100_000 };

    [Fact]
    public async Task A_message_has_a_thousand_recipients_and_no_more()
    {
        var transcript = new StringBuilder("S: 220 *\nC: HELO c\nS: 250 *\nC: MAIL FROM:<a@x.test>\nS: 250 2.1.0 Ok\n");
        for (var i = 0; i < 1000; i++) transcript.Append($"C: RCPT TO:<r{i}@d{i % 7}.test>\n");
        transcript.Append("C: RCPT TO:<one@more.test>\n");
        for (var i = 0; i < 1000; i++) transcript.Append("S: 250 2.1.5 Ok\n");
        transcript.Append("S: 452 4.5.3 Too many recipients\nC: DATA\nS: 354 *\nC: .\nS: 250 2.0.0 *");
        foreach (var world in await Dialogue.ReplayAsync(transcript.ToString()))
        {
            var parts = Assert.Single(world.Spool.Stored).Parts;
            Assert.Equal(7, parts.Count);
            Assert.Equal(1000, parts.Sum(part => part.Envelope.Recipients.Count));
            Assert.Equal(7, Assert.Single(world.HandOff.Offers).Length);
        }
    }

    [Fact]
    public async Task Too_many_errors_end_the_session()
    {
        var transcript = new StringBuilder("S: 220 *\nC: HELO c\nS: 250 *\n");
        for (var i = 0; i < 20; i++) transcript.Append("C: FOO\n");
        transcript.Append("C: NOOP\n");
        for (var i = 0; i < 20; i++) transcript.Append("S: 500 5.5.1 *\n");
        transcript.Append("S: 421 4.7.0 Too many errors\nS. ");
        await Dialogue.ReplayAsync(transcript.ToString());
    }

    [Fact]
    public Task A_refused_message_is_an_error_too() => Dialogue.ReplayAsync(
        """
        S: 220 *
        C: HELO c
        S: 250 *
        C: MAIL FROM:<a@x.test>
        S: 250 *
        C: RCPT TO:<b@y.test>
        S: 250 *
        C: DATA
        S: 354 *
        C: bare\rx
        C: .
        S: 550 5.6.11 *
        S: 421 4.7.0 Too many errors
        S. 
        """,
        () => new World(new SmtpOptions { MaxErrors = 1 }));

    [Fact]
    public async Task A_client_that_says_nothing_is_told_goodbye()
    {
        var world = new World();
        await using var client = new MemoryClient(world);
        await client.ExpectAsync("220 *");
        world.Time.Advance(CommandTimeout - TimeSpan.FromSeconds(1));
        await client.SendAsync("NOOP\r\n");
        await client.ExpectAsync("250 2.0.0 Ok");
        // From the last command on, and also when only half a line has come.
        world.Time.Advance(CommandTimeout - TimeSpan.FromSeconds(1));
        client.ExpectSilence();
        Assert.False(client.Ended.IsCompleted);
        world.Time.Advance(TimeSpan.FromSeconds(2));
        await client.ExpectAsync("421 4.4.2 Timeout, closing connection");
        await client.ExpectEndAsync();
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("", true)]
    [InlineData("NOOP\r\n", false)]
    [InlineData("long", false)]
    public async Task A_line_that_comes_octet_by_octet_has_no_more_time_than_another(string before, bool isTrusted)
    {
        var world = new World();
        await using var client = new MemoryClient(world, address: isTrusted ? World.Trusted : World.Stranger);
        await client.ExpectAsync("220 *");
        await client.SendAsync(before == "long" ? new string('x', 3_000) : before);
        if (before.Length > 0) await client.ExpectAsync(before == "long" ? "500 5.5.2 Line too long" : "250 2.0.0 Ok");
        for (var i = 0; i < 3; i++)
        {
            world.Time.Advance(CommandTimeout * 0.3);
            await client.SendAsync("N");
            client.ExpectSilence();
        }

        world.Time.Advance(CommandTimeout * 0.2);
        await client.ExpectAsync("421 4.4.2 Timeout, closing connection");
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task A_client_that_stops_inside_of_a_message_is_told_goodbye()
    {
        var world = new World(new SmtpOptions { MinDataRate = 0 });
        await using var client = await InDataAsync(world);
        for (var i = 0; i < 5; i++)
        {
            world.Time.Advance(DataTimeout - TimeSpan.FromSeconds(1));
            await client.SendAsync("line\r\n");
        }

        client.ExpectSilence();
        world.Time.Advance(DataTimeout + TimeSpan.FromSeconds(1));
        await client.ExpectAsync("421 4.4.2 Timeout, closing connection");
        await client.ExpectEndAsync();
        Assert.Empty(world.Spool.Stored);
    }

    [Fact]
    public async Task The_time_for_a_command_begins_anew_after_a_message()
    {
        var world = new World();
        await using var client = await InDataAsync(world);
        world.Time.Advance(DataTimeout - TimeSpan.FromSeconds(1));
        await client.SendAsync(".\r\n");
        await client.ExpectAsync("250 2.0.0 *");
        world.Time.Advance(CommandTimeout - TimeSpan.FromSeconds(1));
        await client.SendAsync("NOOP\r\n");
        await client.ExpectAsync("250 2.0.0 Ok");
    }

    [Fact]
    public async Task A_client_that_does_not_read_does_not_stay()
    {
        var world = new World(Talkative);
        await using var client = new MemoryClient(world, replyBuffer: 4096);
        var noops = string.Concat(Enumerable.Repeat("NOOP\r\n", 10_000));
        var sending = client.SendAsync(noops);
        Assert.False(client.Ended.IsCompleted);
        world.Time.Advance(CommandTimeout + TimeSpan.FromSeconds(1));
        await client.Ended.WaitAsync(TimeSpan.FromSeconds(20));
        await sending;
        // It was told no more than a flush's worth: the rest was never worked on.
        var replies = 0;
        while (await client.ReadLineAsync() is not null) replies++;
        Assert.InRange(replies, 1, 24 * 1024 / "250 2.0.0 Ok\r\n".Length);
    }

    [Fact]
    public async Task A_flood_of_commands_is_answered_to_the_last()
    {
        const int Commands = 20_000;
        var world = new World(Talkative);
        await using var client = new MemoryClient(world);
        var sending = client.SendAsync(string.Concat(Enumerable.Repeat("NOOP\r\n", Commands)) + "QUIT\r\n");
        await client.ExpectAsync("220 *");
        for (var i = 0; i < Commands; i++) await client.ExpectAsync("250 2.0.0 Ok");
        await client.ExpectAsync("221 2.0.0 Bye");
        await client.ExpectEndAsync();
        await sending;
    }

    [Fact]
    public async Task Refused_content_gives_its_memory_back_at_once()
    {
        var limits = new SmtpOptions { MaxMessageSize = new ByteSize(1_000_000), MaxBodyMemory = new ByteSize(3_000_000) };
        var world = new World(limits);
        var free = world.Memory.Free;
        await using var client = await InDataAsync(world);
        await client.SendAsync(new string('x', 200_000));
        Assert.True(world.Memory.Free < free);
        await client.SendAsync(new string('x', 900_000));
        Assert.Equal(free, world.Memory.Free);
        await client.SendAsync("\r\n.\r\n");
        await client.ExpectAsync("552 5.3.4 *");
    }

    [Fact]
    public async Task Sessions_wait_for_memory_and_all_of_them_get_it()
    {
        // Room for a message set apart, and half of one beside: three that send at once must wait for each other.
        var limits = new SmtpOptions { MaxMessageSize = new ByteSize(1_000_000), MaxBodyMemory = new ByteSize(1_500_000) };
        var world = new World(limits);
        var clients = new List<MemoryClient>();
        for (var i = 0; i < 3; i++) clients.Add(await InDataAsync(world));
        foreach (var client in clients) await client.SendAsync(new string('x', 900_000));
        Assert.Equal(2, world.Memory.Waiting);
        // Who waits for us is not timed out by the pace of its content.
        world.Time.Advance(TimeSpan.FromSeconds(29));
        foreach (var client in clients) await client.SendAsync("\r\n.\r\n");
        foreach (var client in clients) await client.ExpectAsync("250 2.0.0 *");
        Assert.Equal(3, world.Spool.Stored.Count);
        Assert.Equal(500_000, world.Memory.Free);
        foreach (var client in clients) await client.DisposeAsync();
    }

    [Fact]
    public async Task Content_that_came_fast_buys_no_silence()
    {
        var world = new World();
        await using var client = await InDataAsync(world);
        await client.SendAsync(new string('x', 10_000_000));
        world.Time.Advance(DataTimeout - TimeSpan.FromSeconds(10));
        await client.SendAsync("x");
        client.ExpectSilence();
        world.Time.Advance(TimeSpan.FromSeconds(11));
        await client.ExpectAsync("421 4.4.2 *");
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task The_time_between_chunks_counts_as_time_that_the_client_takes()
    {
        var world = new World();
        await using var client = new MemoryClient(world);
        await client.SendAsync("EHLO c\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nBDAT 1\r\nx");
        while (await client.ReadLineAsync() is { } line && line != "250 2.0.0 1 octets received")
        {
        }

        world.Time.Advance(DataTimeout * 0.6);
        await client.SendAsync("BDAT 1\r\nx");
        await client.ExpectAsync("250 2.0.0 1 octets received");
        world.Time.Advance(DataTimeout * 0.6);
        await client.ExpectAsync("421 4.4.2 Timeout, closing connection");
        await client.ExpectEndAsync();
    }

    [Theory]
    [InlineData(500)]
    [InlineData(0)]
    public async Task Commands_between_chunks_buy_no_time_for_the_next_chunk(int rate)
    {
        var world = new World(new SmtpOptions { MinDataRate = rate });
        await using var client = new MemoryClient(world);
        await client.SendAsync("EHLO c\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nBDAT 1\r\nx");
        while (await client.ReadLineAsync() is { } line && line != "250 2.0.0 1 octets received")
        {
        }

        foreach (var (command, reply) in new[] { ("NOOP", "250 *"), ("RCPT TO:<c@y.test>", "503 *"), ("VRFY a", "252 *") })
        {
            world.Time.Advance(DataTimeout * 0.3);
            await client.SendAsync(command + "\r\n");
            await client.ExpectAsync(reply);
        }

        world.Time.Advance(DataTimeout * 0.2);
        await client.ExpectAsync("421 4.4.2 Timeout, closing connection");
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task A_refused_message_that_does_not_end_ends_the_session_after_a_time()
    {
        var world = new World(new SmtpOptions { MaxMessageSize = new ByteSize(1_000_000) });
        await using var client = await InDataAsync(world);
        await client.SendAsync(new string('x', 1_100_000));
        for (var minute = 0; minute < 10; minute++)
        {
            client.ExpectSilence();
            await client.SendAsync(new string('x', 60_000));
            world.Time.Advance(TimeSpan.FromMinutes(1));
        }

        world.Time.Advance(TimeSpan.FromSeconds(1));
        await client.ExpectAsync("421 4.7.0 Too much follows a refused message, closing connection");
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task A_refused_message_that_does_not_end_ends_the_session_after_as_many_octets_as_a_message_may_have()
    {
        var world = new World(new SmtpOptions { MaxMessageSize = new ByteSize(1_000_000) });
        await using var client = await InDataAsync(world);
        for (var i = 0; i < 22; i++) await client.SendAsync(string.Concat(Enumerable.Repeat(new string('x', 98) + "\r\n", 1_000)));
        await client.ExpectAsync("421 4.7.0 Too much follows a refused message, closing connection");
        await client.ExpectEndAsync();
    }

    [Theory]
    [InlineData("BDAT 900000000000\r\n")]
    [InlineData("EHLO c\r\nMAIL FROM:<a@x.test>\r\nBDAT 900000000000\r\n")]
    public async Task A_chunk_that_is_refused_is_not_read_for_ever(string commands)
    {
        var world = new World(new SmtpOptions { MaxMessageSize = new ByteSize(1_000_000) });
        await using var client = new MemoryClient(world);
        await client.SendAsync(commands);
        var sending = client.SendAsync(new string('x', 1_100_000));
        string? last = null;
        while (await client.ReadLineAsync() is { } line) last = line;
        Assert.Equal("421 4.7.0 Too much follows a refused message, closing connection", last);
    }

    [Fact]
    public async Task Recipients_count_in_the_memory_of_all_sessions_and_give_it_back()
    {
        var limits =
            new SmtpOptions { MaxMessageSize = new ByteSize(100_000), MaxBodyMemory = new ByteSize(400_000), MaxRecipients = 100_000 };
        var world = new World(limits);
        var free = world.Memory.Free;
        await using var client = new MemoryClient(world);
        await client.SendAsync("HELO c\r\nMAIL FROM:<a@x.test>\r\n");
        await client.ExpectAsync("220 *", "250 *", "250 2.1.0 Ok");
        var accepted = 0;
        string? reply;
        do
        {
            await client.SendAsync($"RCPT TO:<{new string('r', 50)}{accepted++}@y.test>\r\n");
            reply = await client.ReadLineAsync();
        }
        while (reply == "250 2.1.5 Ok");

        Assert.Equal("452 4.3.1 Insufficient system storage", reply);
        Assert.InRange(accepted, 100, 1000);
        await client.SendAsync("RSET\r\n");
        await client.ExpectAsync("250 2.0.0 Ok");
        Assert.Equal(free, world.Memory.Free);
    }

    [Fact]
    public async Task Stopping_ends_an_idle_session_at_once()
    {
        var world = new World();
        await using var client = new MemoryClient(world);
        await client.ExpectAsync("220 *");
        client.Session.Stop();
        await client.ExpectAsync("421 4.3.2 Service shutting down");
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task Stopping_lets_a_message_finish()
    {
        var world = new World();
        await using var client = await InDataAsync(world);
        await client.SendAsync("hi\r\n");
        client.Session.Stop();
        client.ExpectSilence();
        await client.SendAsync("there\r\n.\r\n");
        await client.ExpectAsync("250 2.0.0 Ok: queued as *", "421 4.3.2 Service shutting down");
        await client.ExpectEndAsync();
        Assert.Single(world.Spool.Stored);
    }

    [Fact]
    public async Task Stopping_waits_for_a_commit()
    {
        var world = new World();
        world.Spool.Hold();
        await using var client = await InDataAsync(world);
        await client.SendAsync("hi\r\n.\r\n");
        client.Session.Stop();
        client.ExpectSilence();
        world.Spool.Release();
        await client.ExpectAsync("250 2.0.0 Ok: queued as *", "421 4.3.2 Service shutting down");
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task Aborting_keeps_nothing()
    {
        var world = new World();
        await using var client = await InDataAsync(world);
        await client.SendAsync("hi\r\n");
        await client.AbortAsync();
        await client.ExpectEndAsync();
        Assert.Empty(world.Spool.Stored);
    }

    [Fact]
    public async Task Refusals_do_not_flood_the_log()
    {
        var world = new World(new SmtpOptions { MaxErrors = 1000 });
        await using var client = new MemoryClient(world);
        await client.SendAsync("HELO c\r\n" + string.Concat(Enumerable.Repeat("FOO\r\n", 120)));
        Assert.Equal(50, world.Log.Of("rejected").Count);
        world.Time.Advance(TimeSpan.FromSeconds(1));
        await client.SendAsync("FOO\r\n");
        Assert.Equal(70, Assert.Single(world.Log.Of("rejections left out")).Fields["Count"]);
        Assert.Equal(51, world.Log.Of("rejected").Count);
    }

    private static async Task<MemoryClient> InDataAsync(World world)
    {
        var client = new MemoryClient(world);
        await client.SendAsync("HELO c\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\n");
        await client.ExpectAsync("220 *", "250 mx.example.org", "250 2.1.0 Ok", "250 2.1.5 Ok", "354 *");
        return client;
    }
}
