using System.Buffers;
using System.Text;
using Postfleet.Core.Units;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Tests.Fixtures;
using Postfleet.Spool;
using Xunit;

namespace Postfleet.Frontend.Tests.Session;

/// <summary>What may stand behind DATA, and what becomes of it.</summary>
public sealed class DataTests
{
    private const string UpToStrangersData =
        "S: 220 *\nC: HELO c\nS: 250 *\nC: MAIL FROM:<a@x.test>\nS: 250 *\nC: RCPT TO:<b@hosted.example>\nS: 250 *\nC: DATA\nS: 354 *\n";

    private const string UpToData = """
        S: 220 *
        C: HELO c
        S: 250 mx.example.org
        C: MAIL FROM:<a@x.test>
        S: 250 2.1.0 Ok
        C: RCPT TO:<b@y.test>
        S: 250 2.1.5 Ok
        C: DATA
        S: 354 *

        """;

    // After whatever was said of the message, the session goes on with a fresh transaction.
    private const string GoesOn = """

        C: RCPT TO:<b@y.test>
        S: 503 5.5.1 MAIL command needed
        C: MAIL FROM:<a@x.test>
        S: 250 2.1.0 Ok
        """;

    [Theory]
    [InlineData(@"C: .", "")]
    [InlineData("C: ..\nC: .", ".\r\n")]
    [InlineData("C: ...a\nC: ..\nC: .", "..a\r\n.\r\n")]
    [InlineData("C: \nC: .", "\r\n")]
    [InlineData("C: .a\nC: .", "a\r\n")]
    public async Task The_octets_that_arrive_are_the_content(string lines, string expected)
    {
        foreach (var world in await Dialogue.ReplayAsync($"{UpToData}{lines}\nS: 250 2.0.0 Ok: queued as *{GoesOn}"))
            Assert.Equal(expected, Body(Assert.Single(world.Spool.Stored)));
    }

    [Theory]
    [InlineData(@"bare CR\rin a line")]
    [InlineData(@"\r.\r\nMAIL FROM:<evil@x.test>")]
    [InlineData(@"\r.\rMAIL FROM:<evil@x.test>")]
    [InlineData(@"\n.\rMAIL FROM:<evil@x.test>")]
    [InlineData(@"x\r\n.\rMAIL FROM:<evil@x.test>")]
    [InlineData(@"x\r\n.\r\r\nMAIL FROM:<evil@x.test>")]
    [InlineData(@"x\r\r\nMAIL FROM:<evil@x.test>")]
    [InlineData(@"x\r\n\r.\r\nMAIL FROM:<evil@x.test>")]
    public async Task Nothing_is_smuggled_past_a_bare_line_end(string content)
    {
        var worlds = await Dialogue.ReplayAsync(
            $"{UpToData}C: {content}\nC: .\nS: 550 5.6.11 Bare <CR> or <LF> in message content{GoesOn}");
        Assert.All(worlds, world => Assert.Empty(world.Spool.Stored));
    }

    [Theory]
    [InlineData(@"bare LF\nin a line")]
    [InlineData(@"\n.\rMAIL FROM:<evil@x.test>")]
    [InlineData(@"\n..\r\nMAIL FROM:<evil@x.test>")]
    public async Task A_stranger_s_bare_LF_refuses_the_message(string content)
    {
        var worlds = await Dialogue.ReplayAsync(
            $"{UpToStrangersData}C: {content}\nC: .\nS: 550 5.6.11 Bare <CR> or <LF> in message content{GoesOn}", client: World.Stranger);
        Assert.All(worlds, world => Assert.Empty(world.Spool.Stored));
    }

    // Its client takes each of these for the end, or a host behind does: nothing that follows is read as a command.
    [Theory]
    [InlineData(@"\n.\r\nMAIL FROM:<evil@x.test>")]
    [InlineData(@"\n.\nMAIL FROM:<evil@x.test>")]
    [InlineData(@"x\r\n.\nMAIL FROM:<evil@x.test>")]
    [InlineData(@".\nMAIL FROM:<evil@x.test>")]
    [InlineData(@"x\r\n\n.\r\nMAIL FROM:<evil@x.test>")]
    public async Task A_stranger_s_odd_end_refuses_the_message_at_once_and_ends_the_session(string content)
    {
        var worlds = await Dialogue.ReplayAsync(
            $"{UpToStrangersData}C| {content}\nS: 550 5.6.11 Bare <CR> or <LF> in message content\nS. ", client: World.Stranger);
        Assert.All(worlds, world => Assert.Empty(world.Spool.Stored));
    }

    [Theory]
    [InlineData(@"one\ntwo\nthree", "one\r\ntwo\r\nthree\r\n")]
    [InlineData(@"x\n.\nMAIL FROM:<evil@x.test>", "x\r\n.\r\nMAIL FROM:<evil@x.test>\r\n")]
    [InlineData(@"x\n.\r\nMAIL FROM:<evil@x.test>", "x\r\n.\r\nMAIL FROM:<evil@x.test>\r\n")]
    [InlineData(@"x\r\n.\nMAIL FROM:<evil@x.test>", "x\r\n.\r\nMAIL FROM:<evil@x.test>\r\n")]
    public async Task A_trusted_client_s_bare_LF_becomes_CRLF_and_ends_no_message(string content, string stored)
    {
        var worlds = await Dialogue.ReplayAsync($"{UpToData}C: {content}\nC: .\nS: 250 2.0.0 Ok: queued as *{GoesOn}");
        Assert.All(worlds, world => Assert.EndsWith(
            "\r\n" + stored, Encoding.ASCII.GetString(Assert.Single(world.Spool.Stored).Content.Octets.ToArray()),
            StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1000, true)]
    [InlineData(1001, false)]
    [InlineData(100_000, false)]
    public async Task A_message_is_as_large_as_it_may_be_and_no_larger(int size, bool isTaken)
    {
        var limits = new SmtpOptions { MaxMessageSize = new ByteSize(1000) };
        var reply = isTaken ? "250 2.0.0 Ok: queued as *" : "552 5.3.4 Message size exceeds fixed maximum message size";
        var worlds = await Dialogue.ReplayAsync(
            $"{UpToData}C: {new string('x', size - 2)}\nC: .\nS: {reply}{GoesOn}", () => new World(limits));
        Assert.All(worlds, world => Assert.Equal(isTaken ? 1 : 0, world.Spool.Stored.Count));
    }

    [Fact]
    public Task A_size_that_is_too_large_is_refused_before_it_is_sent() => Dialogue.ReplayAsync("""
        S: 220 *
        C: EHLO c
        S: 250-mx.example.org
        S: 250-PIPELINING
        S: 250-SIZE 25000000
        S: 250-8BITMIME
        S: 250-SMTPUTF8
        S: 250-CHUNKING
        S: 250-DSN
        S: 250-LIMITS MAILMAX=100000 RCPTMAX=1000
        S: 250 ENHANCEDSTATUSCODES
        C: MAIL FROM:<a@x.test> SIZE=25000001
        S: 552 5.3.4 *
        C: MAIL FROM:<a@x.test> SIZE=99999999999999999999
        S: 552 5.3.4 *
        C: MAIL FROM:<a@x.test> SIZE=25000000
        S: 250 2.1.0 Ok
        """);

    [Fact]
    public async Task A_declared_size_is_an_estimate_with_bounds()
    {
        const string Transcript = """
            S: 220 *
            C: HELO c
            S: 250 *
            C: MAIL FROM:<a@x.test> SIZE=100
            S: 250 2.1.0 Ok
            C: RCPT TO:<b@y.test>
            S: 250 2.1.5 Ok
            C: DATA
            S: 354 *

            """;
        await Dialogue.ReplayAsync($"{Transcript}C: {new string('x', 10_000)}\nC: .\nS: 250 2.0.0 *");
        await Dialogue.ReplayAsync(
            $"{Transcript}C: {new string('x', 70_000)}\nC: .\nS: 552 5.3.4 Message is larger than its SIZE declared");
    }

    [Theory]
    [InlineData(50, true)]
    [InlineData(51, false)]
    public async Task A_message_that_runs_in_circles_is_stopped(int hops, bool isTaken)
    {
        var headers = new StringBuilder();
        for (var i = 0; i < hops; i++) headers.Append("C: RECEIVED: from somewhere\n");
        var reply = isTaken ? "250 2.0.0 *" : "554 5.4.6 Too many hops";
        // A line of the body counts for nothing.
        await Dialogue.ReplayAsync($"{UpToData}{headers}C: \nC: Received: from nowhere\nC: .\nS: {reply}");
    }

    [Fact]
    public async Task Long_lines_and_all_octets_arrive_as_they_were_sent()
    {
        var line = new string([.. Enumerable.Range(0, 256).Select(i => (char)i).Where(c => c is not ('\0' or '\r' or '\n' or '.'))]);
        var content = string.Concat(Enumerable.Repeat(line, 400)) + "\r\n" + line + "\r\n";
        foreach (var delivery in Enum.GetValues<Delivery>())
        {
            var world = new World();
            await using var client = new MemoryClient(world, delivery);
            await client.SendAsync($"HELO c\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\n{content}.\r\n");
            await client.ExpectAsync("220 *", "250 *", "250 *", "250 *", "354 *", "250 2.0.0 *");
            Assert.Equal(content, Body(Assert.Single(world.Spool.Stored)));
        }
    }

    [Theory]
    [InlineData(StoreResult.InsufficientStorage, "452 4.3.1 *")]
    [InlineData(StoreResult.Unavailable, "451 4.3.0 *")]
    public async Task What_is_not_stored_is_not_acknowledged(StoreResult result, string reply)
    {
        var worlds = await Dialogue.ReplayAsync($"{UpToData}C: hi\nC: .\nS: {reply}{GoesOn}", () =>
        {
            var world = new World();
            world.Spool.Answer = result;
            return world;
        });
        Assert.All(worlds, world => Assert.Empty(world.HandOff.Offers));
        Assert.All(worlds, world => Assert.Single(world.Log.Of("not stored")));
    }

    [Fact]
    public async Task While_queues_are_behind_the_354_waits()
    {
        var world = new World();
        var room = new TaskCompletionSource();
        world.HandOff.Room = room.Task;
        await using var client = new MemoryClient(world);
        await client.SendAsync("HELO c\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\n");
        await client.ExpectAsync("220 *", "250 *", "250 *", "250 *");
        await client.SendAsync("DATA\r\n");
        await world.HandOff.Asked;
        client.ExpectSilence();
        room.SetResult();
        await client.ExpectAsync("354 *");
        await client.SendAsync("hi\r\n.\r\n");
        await client.ExpectAsync("250 2.0.0 Ok: queued as *");
    }

    [Fact]
    public async Task The_250_comes_after_the_commit()
    {
        var world = new World();
        world.Spool.Hold();
        await using var client = new MemoryClient(world);
        await client.SendAsync("HELO c\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\nhi\r\n.\r\nNOOP\r\n");
        await client.ExpectAsync("220 *", "250 *", "250 *", "250 *", "354 *");
        await world.Spool.Arrived;
        // The client's time does not run while it waits for us.
        world.Time.Advance(TimeSpan.FromHours(1));
        client.ExpectSilence();
        Assert.Empty(world.HandOff.Offers);
        Assert.Empty(world.Log.Of("accepted"));
        world.Spool.Release();
        await client.ExpectAsync("250 2.0.0 Ok: queued as *", "250 2.0.0 Ok");
        Assert.Equal(world.Spool.Stored[0].Id, Assert.Single(Assert.Single(world.HandOff.Offers)).Part.Message);
        Assert.Single(world.Log.Of("accepted"));
    }

    [Fact]
    public async Task A_message_without_its_end_is_not_kept()
    {
        var world = new World();
        await using var client = new MemoryClient(world);
        await client.SendAsync("HELO c\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\nhi\r\n.\r");
        client.Finish();
        await client.ExpectAsync("220 *", "250 *", "250 *", "250 *", "354 *");
        await client.ExpectEndAsync();
        Assert.Empty(world.Spool.Stored);
    }

    // The content below the header that was added, which begins with "Received:" and has three lines more.
    private static string Body(NewMessage message)
    {
        var content = Encoding.Latin1.GetString(message.Content.Octets.ToArray());
        var header = content.IndexOf("+0000\r\n", StringComparison.Ordinal) + 7;
        return content[header..];
    }
}
