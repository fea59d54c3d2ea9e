using System.Text.Json.Nodes;
using Postfleet.EndToEnd.Tests.Relay;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Cluster;

/// <summary>The suppression list over two nodes with one database: entries by hand and by rule, their end, their removal.</summary>
public sealed class SuppressionTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task An_entry_of_one_node_stops_mail_at_the_other_until_it_ends_or_is_removed()
    {
        await using var sink = new SmtpSink(new SinkOptions
        {
            Script = step => step.Stage == SinkStage.Recipient && step.Line.Contains("<gone@", StringComparison.Ordinal)
                ? SinkAction.Reply("550 5.1.1 no such user") : SinkAction.Accept,
            KeepCommands = true,
        });
        await using var one = new PostfleetNode(await SpecAsync("one", sink));
        await using var two = new PostfleetNode(one.Spec with { Name = "two", ClusterHost = NodeConfiguration.NextHost() });
        await Task.WhenAll(one.StartAsync(Limit), two.StartAsync(Limit));

        // By hand.
        await SendAsync(two, "<1@x>", "ann@there.test");
        await ArrivesAsync(sink, "ann@there.test", 1);
        Assert.Equal(
            "ann@there.test gets no mail (all)", Assert.Single(await RunAsync(one, "add", "Ann@There.test", "--reason", "asked")));
        await EndsSuppressedAsync(two, "ann@there.test");
        var taken = Taken(sink, "ann@there.test");
        await SendAsync(two, "<2@x>", "ann@there.test");
        var id = await FindAsync(two, "ann@there.test", "<2@x>");
        var events = (await one.GetAsync($"/api/v1/messages/{id}"))["events"]!.AsArray();
        Assert.Equal(["accepted", "suppressed"], events.Select(each => (string)each!["kind"]!).Where(kind => kind != "dsn"));
        var reply = events.Single(each => (string?)each!["kind"] == "suppressed")!["reply"]!.ToJsonString();
        Assert.Contains("the recipient is on the suppression list: asked", reply, StringComparison.Ordinal);

        // The other recipient of the domain gets the message.
        await SendAsync(two, "<3@x>", "ann@there.test", "bob@there.test");
        await ArrivesAsync(sink, "bob@there.test", 1);
        await FindAsync(one, "ann@there.test", "<3@x>");
        Assert.Equal(taken, Taken(sink, "ann@there.test"));

        // By rule: one hard bounce, at the other node.
        await SendAsync(one, "<4@x>", "gone@there.test");
        await Eventually.True(
            async () => (await one.GetAsync("/api/v1/suppressions?reason=unknown-user"))["suppressions"]!.AsArray() is [{ } entry]
                && ((string?)entry["target"], (string?)entry["source"], (string?)entry["scope"]) == ("gone@there.test", "rule", "all"),
            Limit, "the bounce makes an entry");
        await EndsSuppressedAsync(two, "gone@there.test");
        await EndsSuppressedAsync(one, "gone@there.test");

        // An entry ends, and one is removed.
        await RunAsync(one, "add", "cid@there.test", "--expires", "8s");
        await EndsSuppressedAsync(two, "cid@there.test");
        await Eventually.True(
            async () =>
            {
                await SendAsync(two, "<6@x>", "cid@there.test");
                return Taken(sink, "cid@there.test") > 0;
            },
            Limit, "the entry ends");
        Assert.Equal(
            "ann@there.test gets mail again (all)", Assert.Single(await RunAsync(two, "remove", "ann@there.test")));
        await SendAsync(one, "<7@x>", "ann@there.test");
        await ArrivesAsync(sink, "ann@there.test", taken + 1);
        Assert.Equal(0, await two.TerminateAsync());
        Assert.Equal(0, await one.TerminateAsync());
    }

    private static async Task<NodeSpec> SpecAsync(string name, SmtpSink sink) => (await Engine.Postgres.SpecAsync()) with
    {
        Name = name,
        Routes = [("*", $"smtp://{sink.EndPoint}")],
        Configure = json => json["Suppression"] = new JsonObject
        {
            ["Enabled"] = true,
            ["Rules"] = new JsonArray(new JsonObject { ["Class"] = "unknown-user", ["Scope"] = "all" }),
        },
    };

    private static async Task SendAsync(PostfleetNode node, string id, params string[] recipients)
    {
        using var client = await SmtpClientLite.ConnectAsync(node.Relay);
        await client.CommandAsync("EHLO test");
        var content = System.Text.Encoding.ASCII.GetBytes($"From: <joe@source.test>\r\nMessage-ID: {id}\r\n\r\nbody\r\n");
        Assert.Equal(250, (await client.SendMessageAsync("joe@source.test", recipients, content)).Code);
    }

    // Another node holds a new entry within a second.
    private static async Task EndsSuppressedAsync(PostfleetNode node, string recipient)
    {
        var id = $"<{Guid.NewGuid():N}@x>";
        await Eventually.True(
            async () =>
            {
                await SendAsync(node, id, recipient);
                return await CountAsync(node, recipient, id) > 0;
            },
            Limit, $"mail to {recipient} ends as suppressed");
    }

    private static async Task<string> FindAsync(PostfleetNode node, string recipient, string id)
    {
        await Eventually.True(async () => await CountAsync(node, recipient, id) > 0, Limit, $"{id} to {recipient} ends as suppressed");
        return (string)(await SearchAsync(node, recipient, id))[0]!["id"]!;
    }

    private static async Task<int> CountAsync(PostfleetNode node, string recipient, string id) =>
        (await SearchAsync(node, recipient, id)).Count;

    private static async Task<JsonArray> SearchAsync(PostfleetNode node, string recipient, string id) => (await node.GetAsync(
        $"/api/v1/messages?state=suppressed&recipient={recipient}&messageId={Uri.EscapeDataString(id)}"))["messages"]!.AsArray();

    private static int Taken(SmtpSink sink, string recipient) => sink.Messages.Count(message => message.Recipients.Contains(recipient));

    private static Task ArrivesAsync(SmtpSink sink, string recipient, int count) =>
        Eventually.True(() => Taken(sink, recipient) >= count, Limit, $"{count} messages to {recipient} arrive");

    private static async Task<IReadOnlyList<string>> RunAsync(PostfleetNode node, params string[] arguments) => await ProcessHost.RunAsync(
        new ProcessSpec("dotnet", [Repository.Program, "suppression", .. arguments, "--endpoint", $"{node.Admin}"]));
}
