using Postfleet.Core.Units;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;

namespace Postfleet.Frontend.Tests.Session;

/// <summary>The time limits of a session: for commands, for content, for chunks and for the rest of refused content.</summary>
public sealed class TimeLimitTests
{
    private static readonly TimeSpan CommandTimeout = new SmtpOptions().CommandTimeout;
    private static readonly TimeSpan DataTimeout = new SmtpOptions().DataTimeout;

    [Fact]
    public async Task A_silent_client_gets_421()
    {
        var world = new World();
        await using var client = new MemoryClient(world);
        await client.ExpectAsync("220 *");
        world.Time.Advance(CommandTimeout - TimeSpan.FromSeconds(1));
        await client.SendAsync("NOOP\r\n");
        await client.ExpectAsync("250 2.0.0 Ok");
        // The time counts from the last command, also while an incomplete line is there.
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
    public async Task A_line_sent_octet_by_octet_has_the_same_time_limit(string before, bool isTrusted)
    {
        var world = new World();
        await using var client = new MemoryClient(world, address: isTrusted ? World.Trusted : World.Untrusted);
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
    public async Task A_client_that_pauses_inside_of_a_message_gets_421()
    {
        var world = new World(new SmtpOptions { MinDataRate = 0 });
        await using var client = await MemoryClient.InDataAsync(world);
        for (var i = 0; i < 5; i++)
        {
            world.Time.Advance(DataTimeout - TimeSpan.FromSeconds(1));
            await client.SendAsync("line\r\n");
        }

        client.ExpectSilence();
        world.Time.Advance(DataTimeout + TimeSpan.FromSeconds(1));
        await client.ExpectAsync("421 4.4.2 Timeout, closing connection");
        await client.ExpectEndAsync();
        Assert.Empty(world.Submission.Stored);
    }

    [Fact]
    public async Task The_command_timeout_restarts_after_a_message()
    {
        var world = new World();
        await using var client = await MemoryClient.InDataAsync(world);
        world.Time.Advance(DataTimeout - TimeSpan.FromSeconds(1));
        await client.SendAsync(".\r\n");
        await client.ExpectAsync("250 2.0.0 *");
        world.Time.Advance(CommandTimeout - TimeSpan.FromSeconds(1));
        await client.SendAsync("NOOP\r\n");
        await client.ExpectAsync("250 2.0.0 Ok");
    }

    [Fact]
    public async Task Fast_content_does_not_extend_the_longest_pause()
    {
        var world = new World();
        await using var client = await MemoryClient.InDataAsync(world);
        await client.SendAsync(new string('x', 10_000_000));
        world.Time.Advance(DataTimeout - TimeSpan.FromSeconds(10));
        await client.SendAsync("x");
        client.ExpectSilence();
        world.Time.Advance(TimeSpan.FromSeconds(11));
        await client.ExpectAsync("421 4.4.2 *");
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task The_time_between_chunks_counts_against_the_data_rate()
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
    public async Task Commands_between_chunks_do_not_extend_the_time_for_the_next_chunk(int rate)
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
    public async Task A_refused_message_ends_the_session_after_a_time_limit()
    {
        var world = new World(new SmtpOptions { MaxMessageSize = new ByteSize(1_000_000) });
        await using var client = await MemoryClient.InDataAsync(world);
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

    [Theory]
    [InlineData("BDAT 900000000000\r\n")]
    [InlineData("EHLO c\r\nMAIL FROM:<a@x.test>\r\nBDAT 900000000000\r\n")]
    public async Task A_refused_chunk_is_read_for_a_limited_time(string commands)
    {
        var world = new World(new SmtpOptions { MaxMessageSize = new ByteSize(1_000_000) });
        await using var client = new MemoryClient(world);
        await client.SendAsync(commands);
        var sending = client.SendAsync(new string('x', 1_100_000));
        string? last = null;
        while (await client.ReadLineAsync() is { } line) last = line;
        Assert.Equal("421 4.7.0 Too much follows a refused message, closing connection", last);
    }
}
