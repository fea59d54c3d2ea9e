using System.Text;
using Postfleet.Core.Units;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;

namespace Postfleet.Frontend.Tests.Session;

/// <summary>The limits of a session in number, memory and time.</summary>
public sealed class LimitTests
{
    private static readonly TimeSpan CommandTimeout = new SmtpOptions().CommandTimeout;
    private static readonly SmtpOptions Talkative = new() { MaxJunkCommands = 100_000 };

    [Fact]
    public async Task A_message_has_at_most_1000_recipients()
    {
        var transcript = new StringBuilder("S: 220 *\nC: HELO c\nS: 250 *\nC: MAIL FROM:<a@x.test>\nS: 250 2.1.0 Ok\n");
        for (var i = 0; i < 1000; i++) transcript.Append($"C: RCPT TO:<r{i}@d{i % 7}.test>\n");
        transcript.Append("C: RCPT TO:<one@more.test>\n");
        for (var i = 0; i < 1000; i++) transcript.Append("S: 250 2.1.5 Ok\n");
        transcript.Append("S: 452 4.5.3 Too many recipients\nC: DATA\nS: 354 *\nC: .\nS: 250 2.0.0 *");
        foreach (var world in await Dialogue.ReplayAsync(transcript.ToString()))
        {
            Assert.Equal(1000, Assert.Single(world.Submission.Stored).Recipients.Count);
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
    public Task A_refused_message_counts_as_an_error() => Dialogue.ReplayAsync(
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
    public async Task A_client_that_does_not_read_is_disconnected()
    {
        var world = new World(Talkative);
        await using var client = new MemoryClient(world, replyBuffer: 4096);
        var noops = string.Concat(Enumerable.Repeat("NOOP\r\n", 10_000));
        var sending = client.SendAsync(noops);
        Assert.False(client.Ended.IsCompleted);
        world.Time.Advance(CommandTimeout + TimeSpan.FromSeconds(1));
        await client.Ended.WaitAsync(TimeSpan.FromSeconds(20));
        await sending;
        // No more replies than one flush: the remaining commands were not handled.
        var replies = 0;
        while (await client.ReadLineAsync() is not null) replies++;
        Assert.InRange(replies, 1, 24 * 1024 / "250 2.0.0 Ok\r\n".Length);
    }

    [Fact]
    public async Task All_commands_of_a_large_batch_are_answered()
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
    public async Task Refused_content_releases_its_memory_at_once()
    {
        var limits = new SmtpOptions { MaxMessageSize = new ByteSize(1_000_000), MaxBodyMemory = new ByteSize(3_000_000) };
        var world = new World(limits);
        var free = world.Memory.Free;
        await using var client = await MemoryClient.InDataAsync(world);
        await client.SendAsync(new string('x', 200_000));
        Assert.True(world.Memory.Free < free);
        await client.SendAsync(new string('x', 900_000));
        Assert.Equal(free, world.Memory.Free);
        await client.SendAsync("\r\n.\r\n");
        await client.ExpectAsync("552 5.3.4 *");
    }

    [Fact]
    public async Task Sessions_wait_for_memory_and_all_get_it()
    {
        // The spare for one message and half a message more: three simultaneous messages must wait for each other.
        var limits = new SmtpOptions { MaxMessageSize = new ByteSize(1_000_000), MaxBodyMemory = new ByteSize(1_500_000) };
        var world = new World(limits);
        var clients = new List<MemoryClient>();
        for (var i = 0; i < 3; i++) clients.Add(await MemoryClient.InDataAsync(world));
        foreach (var client in clients) await client.SendAsync(new string('x', 900_000));
        Assert.Equal(2, world.Memory.Waiting);
        // The time of a wait for memory does not count against the data rate.
        world.Time.Advance(TimeSpan.FromSeconds(29));
        foreach (var client in clients) await client.SendAsync("\r\n.\r\n");
        foreach (var client in clients) await client.ExpectAsync("250 2.0.0 *");
        Assert.Equal(3, world.Submission.Stored.Count);
        Assert.Equal(500_000, world.Memory.Free);
        foreach (var client in clients) await client.DisposeAsync();
    }

    [Fact]
    public async Task A_refused_message_ends_the_session_after_the_octets_of_the_largest_message()
    {
        var world = new World(new SmtpOptions { MaxMessageSize = new ByteSize(1_000_000) });
        await using var client = await MemoryClient.InDataAsync(world);
        for (var i = 0; i < 22; i++) await client.SendAsync(string.Concat(Enumerable.Repeat(new string('x', 98) + "\r\n", 1_000)));
        await client.ExpectAsync("421 4.7.0 Too much follows a refused message, closing connection");
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task Recipients_are_charged_to_the_memory_of_all_sessions_and_release_it()
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
}
