using System.Security.Cryptography;
using System.Text;
using Postfleet.Contracts.Queueing;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Tests.Fixtures;
using Xunit;
using static Postfleet.Frontend.Tests.Fixtures.Dialogue;

namespace Postfleet.Frontend.Tests.Filters;

/// <summary>A real milter (libmilter) that does what each message tells it: every change and every verdict arrives.</summary>
public sealed class MilterTests(DoerMilter doer) : IClassFixture<DoerMilter>
{
    private const string Mark = "\r\n\r\nhi\r\n";

    [Theory]
    [InlineData("add|X-A|one", "A: 1\r\nB: 2\r\nA: 3\r\nX-A: one")]
    [InlineData("change|1|A|new", "A: new\r\nB: 2\r\nA: 3")]
    [InlineData("change|2|a|new", "A: 1\r\nB: 2\r\na: new")]
    [InlineData("change|3|A|new", "A: 1\r\nB: 2\r\nA: 3\r\nA: new")]
    [InlineData("change|2|A|", "A: 1\r\nB: 2")]
    [InlineData("change|9|A|", "A: 1\r\nB: 2\r\nA: 3")]
    [InlineData("change|1|B|one\\n\ttwo", "A: 1\r\nB: one\r\n\ttwo\r\nA: 3")]
    [InlineData("change|1|B|one\\nEvil: two\\n\\nbody", "A: 1\r\nB: one\r\n\tEvil: two\r\n\tbody\r\nA: 3")]
    [InlineData("insert|2|X-I|two", "A: 1\r\nX-I: two\r\nB: 2\r\nA: 3")]
    [InlineData("insert|99|X-I|end", "A: 1\r\nB: 2\r\nA: 3\r\nX-I: end")]
    public async Task Header_fields_are_changed(string order, string expected)
    {
        var (_, message) = await SendAsync($"A: 1\r\nB: 2\r\nA: 3\r\nX-Do: {order}{Mark}");
        Assert.Equal($"{expected}{Mark}", World.BodyOf(message!).Replace($"X-Do: {order}\r\n", "", StringComparison.Ordinal));
        Assert.Equal(message!.Content.Length, message.Envelope.Size);
    }

    [Theory]
    [InlineData(0, "X-I: at\r\nReceived: from c ")]
    [InlineData(1, "Received: from c ")]
    public async Task Positions_count_the_trace_header_that_the_filter_does_not_see(int position, string begin)
    {
        var (_, message) = await SendAsync($"Received: old\r\nA: 1\r\nX-Do: insert|{position}|X-I|at\r\nX-Do: change|1|Received|new{Mark}");
        var content = World.ContentOf(message!);
        Assert.StartsWith(begin, content, StringComparison.Ordinal);
        if (position == 1) Assert.StartsWith("X-I: at\r\nReceived: new\r\nA: 1\r\n", World.BodyOf(message!), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("new\\nlines\\r\\n", "new\r\nlines\r\n")]
    [InlineData("no end", "no end\r\n")]
    public async Task The_body_is_replaced(string body, string expected)
    {
        var (_, message) = await SendAsync($"X-Do: body|{body.Replace("\\r\\n", "\\n", StringComparison.Ordinal)}{Mark}");
        Assert.EndsWith($"\r\n\r\n{expected}", World.ContentOf(message!), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_large_body_is_seen_whole_and_replaced_in_pieces()
    {
        var body = string.Concat(Enumerable.Range(0, 20_000).Select(i => $"line {i}\r\n"));
        var (_, message) = await SendAsync($"X-Do: hash\r\nX-Do: large|320000\r\n\r\n{body}");
        var content = World.ContentOf(message!);
        Assert.Contains($"X-Hash: {Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(body)))}\r\n", content,
            StringComparison.Ordinal);
        Assert.Equal(320_000 + 2, content.Length - content.IndexOf("\r\n\r\n", StringComparison.Ordinal) - 4);
    }

    [Fact]
    public async Task Sender_and_recipients_are_changed()
    {
        var (_, message) = await SendAsync(
            $"X-Do: from|<new@x.test>\r\nX-Do: addrcpt|<d@z.test>\r\nX-Do: addrcptpar|<e@z.test>|NOTIFY=NEVER\r\n"
            + $"X-Do: delrcpt|<B@y.test>{Mark}",
            recipients: ["b@y.test", "c@y.test"]);
        Assert.Equal("new@x.test", message!.Envelope.ReversePath!.Address);
        Assert.Equal(["c@y.test", "d@z.test", "e@z.test"], message.Recipients.Select(recipient => recipient.Address));
        Assert.Equal(NotifyOn.Never, Assert.Single(message.Requests).Value.Notify);
    }

    [Fact]
    public async Task A_message_whose_recipients_are_all_removed_is_discarded()
    {
        var world = NewWorld();
        var (reply, message) = await SendAsync($"X-Do: delrcpt|b@y.test\r\nX-Do: from|<>{Mark}", world: world);
        Assert.StartsWith("250 2.0.0 Ok: queued as", reply, StringComparison.Ordinal);
        Assert.Null(message);
        Assert.Equal("filter doer", Assert.Single(world.Log.Of("discarded")).Fields["Check"]);
    }

    [Fact]
    public async Task A_quarantined_message_is_marked_with_the_reason()
    {
        var (_, message) = await SendAsync($"X-Do: quarantine|looks odd\r\nX-Do: progress{Mark}");
        Assert.StartsWith("X-Postfleet-Quarantine: looks odd\r\nReceived: ", World.ContentOf(message!), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("accept", "250 2.0.0 *")]
    [InlineData("discard", "250 2.0.0 *")]
    [InlineData("refuse", "550 5.7.1 Command rejected")]
    [InlineData("defer", "451 4.7.1 Service unavailable - try again later")]
    [InlineData("reply", "550-5.7.9 first 100% of it|550 5.7.9 second")]
    [InlineData("replylater", "450-4.7.9 first 100% of it|450 4.7.9 second")]
    public async Task Each_verdict_arrives_at_each_stage(string word, string reply)
    {
        var lines = string.Concat(reply.Split('|').Select(line => $"S: {line}\n"));
        var isPositive = reply[0] == '2';
        // libmilter does not let a filter discard at HELO.
        if (word != "discard") await OverAsync($"S: 220 *\nC: HELO {word}.x\n{(isPositive ? "S: 250 mx*\n" : lines)}");
        const string hello = "S: 220 *\nC: HELO c\nS: 250 mx*\n";
        await OverAsync($"{hello}C: MAIL FROM:<{word}@x.test>\n{(isPositive ? "S: 250 2.1.0 Ok\n" : lines)}");
        const string mail = hello + "C: MAIL FROM:<a@x.test>\nS: 250 2.1.0 Ok\n";
        await OverAsync($"{mail}C: RCPT TO:<{word}@y.test>\n{(isPositive ? "S: 250 2.1.5 Ok\n" : lines)}");
        const string data = mail + "C: RCPT TO:<b@y.test>\nS: 250 2.1.5 Ok\nC: DATA\nS: 354 *\n";
        foreach (var order in (string[])[$"header {word}", word])
        {
            foreach (var world in await OverAsync($"{data}C: X-Do: {order}\nC: \nC: hi\nC: .\n{lines}{NextTransaction.TrimStart()}"))
            {
                Assert.Equal(word == "accept" ? 1 : 0, world.Submission.Stored.Count);
                Assert.Equal(word == "discard" ? 1 : 0, world.Log.Of("discarded").Count);
            }
        }
    }

    [Fact]
    public async Task A_message_that_the_filter_discards_at_a_recipient_is_discarded_as_a_whole()
    {
        foreach (var world in await OverAsync(
            """
            S: 220 *
            C: HELO c
            S: 250 mx*
            C: MAIL FROM:<a@x.test>
            S: 250 2.1.0 Ok
            C: RCPT TO:<b@y.test>
            S: 250 2.1.5 Ok
            C: RCPT TO:<discard@y.test>
            S: 250 2.1.5 Ok
            C: DATA
            S: 354 *
            C: hi
            C: .
            S: 250 2.0.0 *
            C: MAIL FROM:<a@x.test>
            S: 250 2.1.0 Ok
            C: RCPT TO:<refuse@y.test>
            S: 550 5.7.1 Command rejected
            C: RSET
            S: 250 *
            C: MAIL FROM:<a@x.test>
            S: 250 2.1.0 Ok
            C: RCPT TO:<c@y.test>
            S: 250 2.1.5 Ok
            C: BDAT 4 LAST
            C: hi
            S: 250 2.0.0 *
            C: refuse
            S: 550 5.7.1 Command rejected
            C: other
            S: 500 5.5.1 Command not recognized
            """))
        {
            Assert.Equal("c@y.test", Assert.Single(Assert.Single(world.Submission.Stored).Recipients).Address);
            Assert.Equal("b@y.test,discard@y.test", Assert.Single(world.Log.Of("discarded")).Fields["Recipients"]);
        }
    }

    [Fact]
    public async Task The_filter_is_told_what_postfix_tells_it()
    {
        var (_, message) = await SendAsync(
            $"Received: old\r\nSubject: x\r\nX-Do: macros\r\nX-Do: seen\r\nX-Do: names{Mark}", mail: "<a@x.test> SIZE=100",
            rcpt: "<b@y.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;c@y.test");
        var content = World.BodyOf(message!);
        Assert.Contains(
            $"\r\nX-Macros: daemon_addr=127.0.0.1 daemon_name=relay i={message!.Id} j=mx.example.org mail_addr=a@x.test mail_host=x.test "
            + "rcpt_addr=b@y.test rcpt_host=y.test v=Postfleet\r\n", content, StringComparison.Ordinal);
        Assert.Contains(
            "\r\nX-Seen: connect [127.0.0.1] 127.0.0.1; helo c; mail <a@x.test> SIZE=100; rcpt <b@y.test> NOTIFY=SUCCESS,DELAY "
            + "ORCPT=rfc822;c@y.test\r\n", content, StringComparison.Ordinal);
        Assert.Contains("\r\nX-Names: Received Subject X-Do X-Do X-Do\r\n", content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_filter_sees_the_changes_of_those_before_it()
    {
        var world = new World(filters: [doer.Options("first"), doer.Options("second")]);
        var (_, message) = await SendAsync($"X-Do: names\r\nX-Do: delrcpt|b@y.test\r\nX-Do: addrcpt|c@y.test{Mark}", world: world);
        Assert.EndsWith(
            "X-Names: X-Do X-Do X-Do\r\nX-Names: X-Do X-Do X-Do X-Names" + Mark, World.ContentOf(message!), StringComparison.Ordinal);
        Assert.Equal("c@y.test", Assert.Single(message!.Recipients).Address);
    }

    [Theory]
    [InlineData("relay, inbound", true)]
    [InlineData("submission", false)]
    public async Task A_filter_stands_on_the_listeners_of_its_services(string services, bool applies)
    {
        var world = new World(filters: [doer.Options("doer") with { Services = services }]);
        var (_, message) = await SendAsync($"X-Do: add|X-A|one{Mark}", world: world);
        Assert.Equal(applies, World.ContentOf(message!).Contains("X-A: one", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_body_beyond_the_largest_message_is_a_failure_of_the_filter()
    {
        var limits = World.NoDelay with { MaxMessageSize = new Core.Units.ByteSize(100_000) };
        var world = new World(limits, filters: [doer.Options("doer")]);
        var (reply, message) = await SendAsync($"X-Do: large|160000{Mark}", world: world);
        Assert.StartsWith("451 4.7.1 ", reply, StringComparison.Ordinal);
        Assert.Null(message);
        Assert.Equal("its new body has more than 100000 octets", Assert.Single(world.Log.Of("filter failed")).Fields["Reason"]);
        Assert.Equal(new World(limits).Memory.Free, world.Memory.Free);
    }

    private World NewWorld() => new(filters: [doer.Options("doer")]);

    private Task<IReadOnlyList<World>> OverAsync(string transcript) => ReplayAsync(transcript, NewWorld);

    private async Task<(string Reply, Submission? Message)> SendAsync(
        string content, World? world = null, string mail = "<a@x.test>", string? rcpt = null, params string[] recipients)
    {
        world ??= NewWorld();
        await using var client = new MemoryClient(world);
        await client.SendAsync($"EHLO c\r\nMAIL FROM:{mail}\r\n");
        var names = rcpt is not null ? [rcpt] : recipients.Length > 0 ? recipients.Select(name => $"<{name}>") : ["<b@y.test>"];
        foreach (var name in names) await client.SendAsync($"RCPT TO:{name}\r\n");
        await client.SendAsync("DATA\r\n");
        while (!(await client.ReadLineAsync())!.StartsWith("354", StringComparison.Ordinal)) continue;
        await client.SendAsync($"{content}.\r\n");
        return ((await client.ReadLineAsync())!, world.Submission.Stored is [.., var last] ? last : null);
    }
}

/// <summary>The milter of the tests, which serves all of them.</summary>
public sealed class DoerMilter : IAsyncLifetime
{
    private readonly MilterProcess _process = new();

    internal FilterOptions Options(string name) => _process.Options(name);

    public async Task InitializeAsync()
    {
        var script = Path.Combine(AppContext.BaseDirectory, "Filters", "doer.py");
        _process.Start("/usr/bin/python3", script, $"unix:{_process.UseSocket()}");
        await _process.ReadyAsync();
    }

    public async Task DisposeAsync() => await _process.DisposeAsync();
}
