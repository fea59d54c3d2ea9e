using System.Buffers;
using System.Text;
using Postfleet.Core.Units;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;
using static Postfleet.Frontend.Tests.Fixtures.Dialogue;

namespace Postfleet.Frontend.Tests.Session;

/// <summary>The content behind DATA: decoding, limits and storing.</summary>
public sealed class DataTests
{
    private const string UpToUntrustedData =
        "S: 220 *\nC: HELO c\nS: 250 *\nC: MAIL FROM:<a@x.test>\nS: 250 *\nC: RCPT TO:<b@hosted.example>\nS: 250 *\nC: DATA\nS: 354 *\n";

    [Theory]
    [InlineData(@"C: .", "")]
    [InlineData("C: ..\nC: .", ".\r\n")]
    [InlineData("C: ...a\nC: ..\nC: .", "..a\r\n.\r\n")]
    [InlineData("C: \nC: .", "\r\n")]
    [InlineData("C: .a\nC: .", "a\r\n")]
    public async Task Content_is_stored_without_dot_stuffing(string lines, string expected)
    {
        foreach (var world in await ReplayAsync($"{UpToData}{lines}\nS: 250 2.0.0 Ok: queued as *{NextTransaction}"))
            Assert.Equal(expected, World.BodyOf(Assert.Single(world.Submission.Stored)));
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
    public async Task Commands_behind_a_bare_line_end_are_content(string content)
    {
        var worlds = await ReplayAsync(
            $"{UpToData}C: {content}\nC: .\nS: 550 5.6.11 Bare <CR> or <LF> in message content{NextTransaction}");
        Assert.All(worlds, world => Assert.Empty(world.Submission.Stored));
    }

    [Theory]
    [InlineData(@"bare LF\nin a line")]
    [InlineData(@"\n.\rMAIL FROM:<evil@x.test>")]
    [InlineData(@"\n..\r\nMAIL FROM:<evil@x.test>")]
    public async Task A_bare_LF_from_an_untrusted_client_refuses_the_message(string content)
    {
        var worlds = await ReplayAsync(
            $"{UpToUntrustedData}C: {content}\nC: .\nS: 550 5.6.11 Bare <CR> or <LF> in message content{NextTransaction}",
            client: World.Untrusted);
        Assert.All(worlds, world => Assert.Empty(world.Submission.Stored));
    }

    // The client or another host may regard each of these as the end: no following octets are read as commands.
    [Theory]
    [InlineData(@"\n.\r\nMAIL FROM:<evil@x.test>")]
    [InlineData(@"\n.\nMAIL FROM:<evil@x.test>")]
    [InlineData(@"x\r\n.\nMAIL FROM:<evil@x.test>")]
    [InlineData(@".\nMAIL FROM:<evil@x.test>")]
    [InlineData(@"x\r\n\n.\r\nMAIL FROM:<evil@x.test>")]
    public async Task An_ambiguous_end_from_an_untrusted_client_refuses_the_message_and_ends_the_session(string content)
    {
        var worlds = await ReplayAsync(
            $"{UpToUntrustedData}C| {content}\nS: 550 5.6.11 Bare <CR> or <LF> in message content\nS. ", client: World.Untrusted);
        Assert.All(worlds, world => Assert.Empty(world.Submission.Stored));
    }

    [Theory]
    [InlineData(@"one\ntwo\nthree", "one\r\ntwo\r\nthree\r\n")]
    [InlineData(@"x\n.\nMAIL FROM:<evil@x.test>", "x\r\n.\r\nMAIL FROM:<evil@x.test>\r\n")]
    [InlineData(@"x\n.\r\nMAIL FROM:<evil@x.test>", "x\r\n.\r\nMAIL FROM:<evil@x.test>\r\n")]
    [InlineData(@"x\r\n.\nMAIL FROM:<evil@x.test>", "x\r\n.\r\nMAIL FROM:<evil@x.test>\r\n")]
    public async Task A_bare_LF_from_a_trusted_client_becomes_CRLF_and_ends_no_message(string content, string stored)
    {
        var worlds = await ReplayAsync($"{UpToData}C: {content}\nC: .\nS: 250 2.0.0 Ok: queued as *{NextTransaction}");
        Assert.All(worlds, world => Assert.EndsWith(
            "\r\n" + stored, Encoding.ASCII.GetString(Assert.Single(world.Submission.Stored).Content.Octets.ToArray()),
            StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1000, true)]
    [InlineData(1001, false)]
    [InlineData(100_000, false)]
    public async Task Messages_up_to_the_greatest_size_are_accepted(int size, bool isTaken)
    {
        var limits = new SmtpOptions { MaxMessageSize = new ByteSize(1000) };
        var reply = isTaken ? "250 2.0.0 Ok: queued as *" : "552 5.3.4 Message size exceeds fixed maximum message size";
        var worlds = await ReplayAsync(
            $"{UpToData}C: {new string('x', size - 2)}\nC: .\nS: {reply}{NextTransaction}", () => new World(limits));
        Assert.All(worlds, world => Assert.Equal(isTaken ? 1 : 0, world.Submission.Stored.Count));
    }

    [Fact]
    public Task A_declared_size_above_the_limit_is_refused_at_MAIL() => ReplayAsync($"""
        S: 220 *
        C: EHLO c
        {Capabilities}
        C: MAIL FROM:<a@x.test> SIZE=25000001
        S: 552 5.3.4 *
        C: MAIL FROM:<a@x.test> SIZE=99999999999999999999
        S: 552 5.3.4 *
        C: MAIL FROM:<a@x.test> SIZE=25000000
        S: 250 2.1.0 Ok
        """);

    [Fact]
    public async Task A_message_may_exceed_its_declared_size_by_an_eighth()
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
        await ReplayAsync($"{Transcript}C: {new string('x', 10_000)}\nC: .\nS: 250 2.0.0 *");
        await ReplayAsync(
            $"{Transcript}C: {new string('x', 70_000)}\nC: .\nS: 552 5.3.4 Message exceeds its declared SIZE");
    }

    [Theory]
    [InlineData(50, true)]
    [InlineData(51, false)]
    public async Task A_message_with_too_many_Received_headers_is_refused(int hops, bool isTaken)
    {
        var headers = new StringBuilder();
        for (var i = 0; i < hops; i++) headers.Append("C: RECEIVED: from somewhere\n");
        var reply = isTaken ? "250 2.0.0 *" : "554 5.4.6 Too many hops";
        // A line of the body does not count.
        await ReplayAsync($"{UpToData}{headers}C: \nC: Received: from nowhere\nC: .\nS: {reply}");
    }

    [Fact]
    public async Task Long_lines_and_all_octets_are_stored_unchanged()
    {
        var line = new string([.. Enumerable.Range(0, 256).Select(i => (char)i).Where(c => c is not ('\0' or '\r' or '\n' or '.'))]);
        var content = string.Concat(Enumerable.Repeat(line, 400)) + "\r\n" + line + "\r\n";
        foreach (var split in Enum.GetValues<InputSplit>())
        {
            var world = new World();
            await using var client = new MemoryClient(world, split);
            await client.SendAsync($"HELO c\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\n{content}.\r\n");
            await client.ExpectAsync("220 *", "250 *", "250 *", "250 *", "354 *", "250 2.0.0 *");
            Assert.Equal(content, World.BodyOf(Assert.Single(world.Submission.Stored)));
        }
    }
}
