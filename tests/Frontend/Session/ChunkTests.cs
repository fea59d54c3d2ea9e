using System.Buffers;
using System.Globalization;
using System.Text;
using CsCheck;
using Postfleet.Core.Units;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;

namespace Postfleet.Frontend.Tests.Session;

/// <summary>Messages in chunks (RFC 3030).</summary>
public sealed class ChunkTests
{
    private const string UpToChunks = "S: 220 *\nC: HELO c\nS: 250 *\nC: MAIL FROM:<a@x.test>\nS: 250 *\nC: RCPT TO:<b@y.test>\nS: 250 *\n";
    private const string GoesOn = "\nC: NOOP\nS: 250 2.0.0 Ok";

    [Fact]
    public async Task Chunks_have_no_dot_stuffing()
    {
        // The content looks like commands and like an end by DATA.
        var worlds = await Dialogue.ReplayAsync(
            UpToChunks + "C| BDAT 10\\r\\nhi\\r\\n.\\r\\n..\\r\nS: 250 2.0.0 10 octets received\n"
                + "C| BDAT 0\\r\\nbdat 9\\r\\n\\nQUIT\\r\\n.\\r\nS: 250 2.0.0 0 octets received\nS: 250 2.0.0 9 octets received\n"
                + "C| BDAT 2 last\\r\\n\\n.\nS: 250 2.0.0 Ok: queued as *" + GoesOn);
        foreach (var world in worlds)
        {
            var message = Assert.Single(world.Submission.Stored);
            Assert.Equal("hi\r\n.\r\n..\r\nQUIT\r\n.\r\n.", World.BodyOf(message));
            Assert.False(message.Envelope.HasEightBitContent);
            Assert.Equal(message.Content.Length, message.Envelope.Size);
        }
    }

    [Fact]
    public async Task Chunks_are_pipelined()
    {
        var worlds = await Dialogue.ReplayAsync($"""
            S: 220 *
            C: EHLO c
            C: MAIL FROM:<a@x.test>
            C: RCPT TO:<b@y.test>
            C: BDAT 4
            C: hi
            C: BDAT 4 LAST
            C: ho
            C: MAIL FROM:<a@x.test>
            C: RCPT TO:<b@y.test>
            C: BDAT 0 LAST
            C: QUIT
            {Dialogue.Capabilities}
            S: 250 2.1.0 Ok
            S: 250 2.1.5 Ok
            S: 250 2.0.0 4 octets received
            S: 250 2.0.0 Ok: queued as *
            S: 250 2.1.0 Ok
            S: 250 2.1.5 Ok
            S: 250 2.0.0 Ok: queued as *
            S: 221 2.0.0 Bye
            S. 
            """);
        foreach (var world in worlds) Assert.Equal(["hi\r\nho\r\n", ""], world.Submission.Stored.Select(World.BodyOf));
    }

    [Fact]
    public Task Between_chunks_other_commands_of_the_transaction_are_refused() => Dialogue.ReplayAsync(
        UpToChunks + """
        C: BDAT 4
        C: hi
        S: 250 2.0.0 4 octets received
        C: RCPT TO:<c@y.test>
        S: 503 5.5.1 Not between two BDAT commands
        C: DATA
        S: 503 5.5.1 Not between two BDAT commands
        C: MAIL FROM:<a@x.test>
        S: 503 5.5.1 Nested MAIL command
        C: NOOP
        S: 250 2.0.0 Ok
        C: RSET
        S: 250 2.0.0 Ok
        C: BDAT 6 LAST
        C: QUIT
        S: 503 5.5.1 MAIL command needed
        C: MAIL FROM:<a@x.test>
        S: 250 2.1.0 Ok
        C: BDAT 6 LAST
        C: QUIT
        S: 503 5.5.1 RCPT command needed
        C: RCPT TO:<nobody>
        S: 501 5.1.3 *
        C: BDAT 6 LAST
        C: QUIT
        S: 554 5.5.1 No valid recipients
        C: NOOP
        S: 250 2.0.0 Ok
        """);

    [Theory]
    [InlineData("BDAT")]
    [InlineData("BDAT x")]
    [InlineData("BDAT -1")]
    [InlineData("BDAT 1 2")]
    [InlineData("BDAT 1 LASTLY")]
    [InlineData("BDAT LAST")]
    [InlineData("BDAT 9999999999999999999")]
    public async Task A_malformed_BDAT_ends_the_session(string command)
    {
        var worlds = await Dialogue.ReplayAsync(
            UpToChunks + $"C: {command}\nC: DATA\nC: smuggled\nC: .\nS: 421 4.7.0 BDAT needs a number of octets, closing connection\nS. ");
        Assert.All(worlds, world => Assert.Empty(world.Submission.Stored));
    }

    [Theory]
    [InlineData("BDAT 3\\r\\na\\rbBDAT 3 LAST\\r\\nc\\r\\n", "550 5.6.11 Bare <CR> or <LF> *", true)]
    [InlineData("BDAT 2\\r\\na\\rBDAT 2 LAST\\r\\nbc", "550 5.6.11 Bare <CR> or <LF> *", false)]
    [InlineData("BDAT 2\\r\\na\\rBDAT 0 LAST\\r\\n", "550 5.6.11 Bare <CR> or <LF> *", false)]
    [InlineData("BDAT 3\\r\\na\\x00bBDAT 3 LAST\\r\\nc\\r\\n", "550 5.6.11 NUL *", true)]
    [InlineData("BDAT 1001\\r\\n{0}BDAT 3 LAST\\r\\nc\\r\\n", "552 5.3.4 *", true)]
    [InlineData("BDAT 900\\r\\n{1}BDAT 101 LAST\\r\\n{2}", "552 5.3.4 *", false)]
    public async Task Content_rules_of_DATA_hold_for_chunks(string input, string reply, bool isFirst)
    {
        var limits = new SmtpOptions { MaxMessageSize = new ByteSize(1000) };
        var text = string.Format(CultureInfo.InvariantCulture, input, new string('x', 1001), new string('x', 900), new string('x', 101));
        var first = isFirst ? $"S: {reply}\nS: 503 5.5.1 MAIL command needed" : $"S: 250 2.0.0 *\nS: {reply}";
        var worlds = await Dialogue.ReplayAsync($"{UpToChunks}C| {text}\n{first}{GoesOn}", () => new World(limits));
        Assert.All(worlds, world => Assert.Empty(world.Submission.Stored));
    }

    [Fact]
    public async Task A_bare_LF_in_chunks_is_refused_from_an_untrusted_client_and_becomes_CRLF_from_a_trusted_client()
    {
        const string Chunks = "C| BDAT 3\\r\\na\\nbBDAT 4 LAST\\r\\nc\\nd\\n\n";
        var worlds = await Dialogue
            .ReplayAsync(UpToChunks + Chunks + "S: 250 2.0.0 3 octets received\nS: 250 2.0.0 Ok: queued as *" + GoesOn);
        Assert.All(worlds, world => Assert.EndsWith(
            "\r\na\r\nbc\r\nd\r\n", Encoding.ASCII.GetString(Assert.Single(world.Submission.Stored).Content.Octets.ToArray()),
            StringComparison.Ordinal));

        worlds = await Dialogue.ReplayAsync(
            UpToChunks.Replace("y.test", "hosted.example", StringComparison.Ordinal) + Chunks
                + "S: 550 5.6.11 Bare <CR> or <LF> *\nS: 503 5.5.1 MAIL command needed",
            client: World.Untrusted);
        Assert.All(worlds, world => Assert.Empty(world.Submission.Stored));
    }

    [Fact]
    public async Task The_greatest_size_holds_for_the_sum_of_chunks()
    {
        var limits = new SmtpOptions { MaxMessageSize = new ByteSize(1000) };
        var worlds = await Dialogue.ReplayAsync(
            $"{UpToChunks}C| BDAT 900\\r\\n{new string('x', 900)}" +
            $"BDAT 100 LAST\\r\\n{new string('x', 100)}\nS: 250 2.0.0 *\nS: 250 2.0.0 Ok: queued as *",
            () => new World(limits));
        Assert.All(worlds, world => Assert.Equal(1000, World.BodyOf(Assert.Single(world.Submission.Stored)).Length));
    }

    [Fact]
    public async Task A_message_without_its_last_chunk_releases_its_memory()
    {
        var limits = new SmtpOptions { MaxMessageSize = new ByteSize(1_000_000), MaxBodyMemory = new ByteSize(3_000_000) };
        foreach (var end in new[] { "RSET\r\n", "EHLO c\r\n", "QUIT\r\n" })
        {
            var world = new World(limits);
            var free = world.Memory.Free;
            await using var client = new MemoryClient(world);
            await client.SendAsync($"HELO c\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nBDAT 500000\r\n{new string('x', 500_000)}");
            await client.ExpectAsync("220 *", "250 *", "250 *", "250 *", "250 2.0.0 500000 octets received");
            Assert.True(world.Memory.Free < free);
            await client.SendAsync(end);
            Assert.Equal(free, world.Memory.Free);
        }
    }

    [Fact]
    public async Task A_client_that_pauses_inside_or_between_chunks_gets_421()
    {
        foreach (var input in new[] { "BDAT 10\r\nhi", "BDAT 4\r\nhi\r\n" })
        {
            var world = new World();
            await using var client = new MemoryClient(world);
            await client.SendAsync("HELO c\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\n" + input);
            await client.ExpectAsync("220 *", "250 *", "250 *", "250 *");
            if (input.EndsWith('\n')) await client.ExpectAsync("250 2.0.0 4 octets received");
            world.Time.Advance(new SmtpOptions().DataTimeout + TimeSpan.FromSeconds(1));
            await client.ExpectAsync("421 4.4.2 Timeout, closing connection");
            await client.ExpectEndAsync();
            Assert.Empty(world.Submission.Stored);
        }
    }

    [Fact]
    public Task Any_division_into_chunks_gives_the_same_content() =>
        Gen.Select(Generators.TextOf(12, "\r\n", "\r\n.\r\n", "BDAT 5\r\n", "text", "\xe9"), Gen.Int[0, 60].Array[0, 5], Gen
            .Enum<InputSplit>()).SampleAsync(
            async (content, cuts, split) =>
            {
                var bounds = cuts.Where(cut => cut < content.Length).Append(content.Length).Distinct().Order().ToList();
                var input = new StringBuilder("HELO c\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\n");
                var start = 0;
                foreach (var end in bounds)
                {
                    input.Append(CultureInfo.InvariantCulture,
                        $"BDAT {end - start}{(end == content.Length ? " LAST" : "")}\r\n{content[start..end]}");
                    start = end;
                }

                var world = new World();
                await using var client = new MemoryClient(world, split);
                await client.SendAsync(input.ToString());
                client.Finish();
                await client.Ended.WaitAsync(TimeSpan.FromSeconds(20));
                Assert.Equal(content, World.BodyOf(Assert.Single(world.Submission.Stored)));
            }, iter: 100);
}
