using System.Text.Json;
using Postfleet.Contracts.Queueing;
using Postfleet.Core.Mail;
using Postfleet.Core.Units;
using Postfleet.Frontend.Tests.Fixtures;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Frontend.Tests.Filters;

/// <summary>MTA Hooks with a hook in Python: every verdict at every stage, every change, and what the hook is told.</summary>
public sealed class HookTests(HookPeer hook) : IClassFixture<HookPeer>
{
    private const string All = "connect ehlo mail rcpt data";

    [Theory]
    [InlineData("""{"type": "addHeader", "name": "X-A", "value": "one"}""", "B: 1\r\nB: 2\r\nX-A: one\r\n\r\nhi\r\n")]
    [InlineData("""{"value": "one", "name": "X-A", "index": 3, "type": "insertHeader"}""", "B: 1\r\nX-A: one\r\nB: 2\r\n\r\nhi\r\n")]
    [InlineData("""{"type": "changeHeader", "name": "b", "index": 2, "value": "new\nline"}""", "B: 1\r\nb: new\r\n\tline\r\n\r\nhi\r\n")]
    [InlineData("""{"type": "deleteHeader", "name": "B", "index": 1}""", "B: 2\r\n\r\nhi\r\n")]
    [InlineData("""{"type": "deleteHeader", "name": "B"}""", "B: 2\r\n\r\nhi\r\n")]
    [InlineData("""{"type": "replaceContents", "value": "new\nb\u00f6dy"}""", "B: 1\r\nB: 2\r\n\r\nnew\r\nb\u00c3\u00b6dy\r\n")]
    [InlineData("""{"type": "addHeader", "name": "X-A", "value": "\u00f6"}""", "B: 1\r\nB: 2\r\nX-A: \u00c3\u00b6\r\n\r\nhi\r\n")]
    public async Task The_message_is_changed(string change, string expected)
    {
        var (reply, message, _) = await SendAsync($$"""{"action": "accept", "modifications": [{{change}}]}""");
        Assert.StartsWith("250 2.0.0", reply, StringComparison.Ordinal);
        var lines = World.BodyOf(message!).Split("\r\n").Where(line => !line.StartsWith("X-Hook:", StringComparison.Ordinal));
        Assert.Equal(expected, string.Join("\r\n", lines));
        Assert.Equal(message!.Content.Length, message.Envelope.Size);
    }

    [Fact]
    public async Task Sender_and_recipients_are_changed()
    {
        var (_, message, _) = await SendAsync(
            """
            {"modifications": [{"type": "changeFrom", "value": "new@x.test", "parameters": {"SIZE": "1"}},
             {"type": "addRecipient", "value": "<c@y.test>", "parameters": {"NOTIFY": "NEVER"}},
             {"type": "addRcpt", "value": "d@y.test"}, {"type": "deleteRecipient", "value": "B@y.test"}],
             "action": "accept", "more": {"a": [1]}, "response": null}
            """);
        Assert.Equal("new@x.test", message!.Envelope.ReversePath!.Address);
        Assert.Equal(["c@y.test", "d@y.test"], message.Recipients.Select(recipient => recipient.Address));
        Assert.Equal(NotifyOn.Never, Assert.Single(message.Requests).Value.Notify);
    }

    [Theory]
    [InlineData("""{"action": "discard"}""", "250 2.0.0 Ok: queued as *", 0)]
    [InlineData("""{"action": "reject"}""", "550 5.7.1 Command rejected", 0)]
    [InlineData("""{"action": "reject", "response": {"status": 452, "message": ""}}""", "451 4.7.1 Service unavailable - *", 0)]
    [InlineData("""{"action": "reject", "response": {"status": 554, "message": "N\u00f6 way"}}""", "554 5.7.1 N? way", 0)]
    [InlineData("""{"action": "quarantine"}""", "250 2.0.0 Ok: queued as *", 1)]
    public async Task Each_verdict_on_a_message_arrives(string answer, string expected, int stored)
    {
        var (reply, message, world) = await SendAsync(answer);
        Assert.Matches(System.Text.RegularExpressions.Regex.Escape(expected).Replace("\\*", ".*", StringComparison.Ordinal), reply);
        Assert.Equal(stored, world.Submission.Stored.Count);
        if (stored > 0) Assert.StartsWith("X-Postfleet-Quarantine: by hook\r\n", World.ContentOf(message!), StringComparison.Ordinal);
        Assert.Empty(world.Log.Of("filter failed"));
    }

    [Theory]
    [InlineData("refuse", "550 5.7.1 Command rejected")]
    [InlineData("reply", "550-5.7.9 first 100% of it|550 5.7.9 second")]
    [InlineData("later", "451 4.7.9 later")]
    [InlineData("leave", "421 4.7.1 go")]
    [InlineData("quarantine", "250 *")]
    [InlineData("discard", "250 *")]
    public async Task Each_verdict_arrives_at_each_stage(string word, string reply)
    {
        foreach (var stage in (string[])["ehlo", "mail", "rcpt"])
        {
            var world = new World(filters: [hook.Options(stages: All)]);
            await using var client = new MemoryClient(world);
            await client.ExpectAsync("220 *");
            await client.SendAsync($"HELO {(stage == "ehlo" ? word : "c")}.x\r\n");
            if (stage != "ehlo")
            {
                await client.ExpectAsync("250 *");
                await client.SendAsync($"MAIL FROM:<{(stage == "mail" ? word : "a")}@x.test>\r\n");
            }

            if (stage == "rcpt")
            {
                await client.ExpectAsync("250 *");
                await client.SendAsync($"RCPT TO:<{word}@y.test>\r\n");
            }

            await client.ExpectAsync(reply.Split('|'));
            if (word == "leave") await client.ExpectEndAsync();
        }
    }

    [Fact]
    public async Task A_message_quarantined_at_a_recipient_is_marked()
    {
        var world = new World(filters: [hook.Options(stages: "rcpt")]);
        await SendAsync("", world: world, recipients: ["quarantine@y.test"]);
        var content = World.ContentOf(Assert.Single(world.Submission.Stored));
        Assert.StartsWith("X-Postfleet-Quarantine: by hook\r\n", content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_hook_is_told_of_session_envelope_and_message()
    {
        await hook.RequestsAsync();
        var (_, message, _) = await SendAsync(
            "", stages: All, content: "Subject: a\r\n\tb\r\nX: \u00e4\r\n\r\nq\"\\\u0001\ttext\r\n",
            recipients: ["b@y.test> NOTIFY=NEVER ORCPT=rfc822;o@y.test"]);
        var requests = (await hook.RequestsAsync()).Select(request => request.GetProperty("request")).ToList();
        Assert.Equal(All.Split(' '), requests.Select(request => request.GetProperty("context").GetProperty("stage").GetString()));
        var last = requests[^1];
        var context = last.GetProperty("context");
        Assert.Equal("127.0.0.1", context.GetProperty("client").GetProperty("ip").GetString());
        Assert.Equal("c", context.GetProperty("client").GetProperty("helo").GetString());
        Assert.Equal(World.Hostname, context.GetProperty("server").GetProperty("name").GetString());
        Assert.Equal(message!.Id.ToString(), context.GetProperty("queue").GetProperty("id").GetString());
        Assert.Equal(1, context.GetProperty("protocol").GetProperty("version").GetInt32());
        Assert.Equal("100", Parameters(requests[2].GetProperty("envelope").GetProperty("from")).GetProperty("SIZE").GetString());
        var envelope = last.GetProperty("envelope");
        Assert.Equal("a@x.test", envelope.GetProperty("from").GetProperty("address").GetString());
        Assert.Equal("b@y.test", envelope.GetProperty("to")[0].GetProperty("address").GetString());
        Assert.Equal("rfc822;o@y.test", Parameters(envelope.GetProperty("to")[0]).GetProperty("ORCPT").GetString());
        var told = last.GetProperty("message");
        Assert.Equal("""[["Subject","a\r\n\tb"],["X","\uFFFD"]]""", JsonSerializer.Serialize(told.GetProperty("headers")));
        Assert.Equal("Received", told.GetProperty("serverHeaders")[0][0].GetString());
        Assert.Equal("q\"\\\u0001\ttext\r\n", told.GetProperty("contents").GetString());
        Assert.Equal(message.Content.Length, told.GetProperty("size").GetInt64());
    }

    [Fact]
    public async Task A_large_body_is_sent_whole()
    {
        var body = string.Concat(Enumerable.Range(0, 20_000).Select(i => $"l\u00c3\u00b6ne {i}\r\n"));
        await hook.RequestsAsync();
        var (reply, _, world) = await SendAsync("", content: $"Subject: x\r\n\r\n{body}", size: 1_000_000);
        Assert.StartsWith("250 2.0.0", reply, StringComparison.Ordinal);
        Assert.Empty(world.Log.Of("filter failed"));
        var told = Assert.Single(await hook.RequestsAsync()).GetProperty("request").GetProperty("message").GetProperty("contents");
        Assert.Equal(body.Replace("\u00c3\u00b6", "\u00f6", StringComparison.Ordinal), told.GetString());
    }

    [Theory]
    [InlineData("<", "250 2.0.0")]
    [InlineData("\u00c3\u00a4", "250 2.0.0")]
    [InlineData("\u0001", "452 4.3.1")]
    public async Task A_header_takes_what_it_takes_in_JSON(string text, string expected)
    {
        var limits = World.NoDelay with { MaxMessageSize = new ByteSize(1_000_000), MaxBodyMemory = new ByteSize(3_500_000) };
        var line = string.Concat(Enumerable.Repeat(text, 900 / text.Length));
        var header = string.Concat(Enumerable.Repeat($"X: {line}\r\n", 200));
        var options = hook.Options() with { MaxRequest = new ByteSize(header.Length + 10_000) };
        var (reply, _, world) = await SendAsync(
            "", new World(limits, filters: [options]), size: 900_000, content: $"{header}\r\nhi\r\n");
        Assert.StartsWith(expected, reply, StringComparison.Ordinal);
        Assert.Equal(expected[0] == '2' ? 0 : 1, world.Log.Of("filter failed").Count);
    }

    [Theory]
    [InlineData("", "Bearer s3cret")]
    [InlineData("ann", "Basic YW5uOnMzY3JldA==")]
    public async Task The_secret_is_sent(string user, string expected)
    {
        using var folder = new TempFolder("hook");
        await File.WriteAllTextAsync(folder["secret"], "s3cret\n");
        await hook.RequestsAsync();
        var options = hook.Options("/empty") with { User = user, SecretFile = folder["secret"] };
        var (reply, _, _) = await SendAsync("", world: new World(filters: [options]));
        Assert.StartsWith("250 ", reply, StringComparison.Ordinal);
        Assert.Equal(expected, Assert.Single(await hook.RequestsAsync()).GetProperty("authorization").GetString());
    }

    private static JsonElement Parameters(JsonElement address) => address.GetProperty("parameters");

    private async Task<(string Reply, Submission? Message, World World)> SendAsync(
        string answer, World? world = null, string stages = "data", string? content = null, int size = 100, params string[] recipients)
    {
        world ??= new World(filters: [hook.Options(stages: stages)]);
        await using var client = new MemoryClient(world);
        await client.SendAsync($"EHLO c\r\nMAIL FROM:<a@x.test> SIZE={size}\r\n");
        foreach (var recipient in recipients.Length == 0 ? ["b@y.test"] : recipients)
            await client.SendAsync($"RCPT TO:<{recipient}{(recipient.Contains('>', StringComparison.Ordinal) ? "" : ">")}\r\n");
        await client.SendAsync("DATA\r\n");
        while (!(await client.ReadLineAsync())!.StartsWith("354", StringComparison.Ordinal)) continue;
        var order = answer.Length == 0 ? "" : $"X-Hook: {answer.ReplaceLineEndings(" ")}\r\n";
        await client.SendAsync($"{order}{content ?? "B: 1\r\nB: 2\r\n\r\nhi\r\n"}.\r\n");
        return ((await client.ReadLineAsync())!, world.Submission.Stored is [.., var last] ? last : null, world);
    }
}
