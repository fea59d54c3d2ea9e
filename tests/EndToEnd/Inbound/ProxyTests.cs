using System.Net;
using System.Text.Json.Nodes;
using Postfleet.EndToEnd.Tests.Interop;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Inbound;

/// <summary>Mail that is passed on to real servers before it is accepted.</summary>
[Collection(PeersGroup.Name)]
public sealed class ProxyTests(Peers peers)
{
    private const string Reloaded = "configuration reloaded author=SIGHUP";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task A_store_decides_about_recipients_and_content()
    {
        var store = await Dovecot.StartAsync(new Dictionary<string, int?>
        {
            ["ada@store.test"] = null,
            ["full@store.test"] = 1,
            ["later@store.test"] = null,
        });
        store.Break("later@store.test", isBroken: true);
        await using var reports = new SmtpSink(new SinkOptions { KeepContent = true });
        await using var node = NodeFor(
            [("store.test", $"lmtp://{store.EndPoint}"), ("source.test", $"smtp://{reports.EndPoint}")], "store.test", "defer");
        await node.StartAsync();
        await RefusedAsync(node.Listeners[1], "nobody@store.test", "550 5.1.1");
        await RefusedAsync(node.Listeners[1], "full@store.test", "552 5.2.2");
        await RefusedAsync(node.Listeners[1], "later@store.test", "451 4.");
        var dialogue = await PostfixTools.SwaksAsync(node.Listeners[1], "ada@store.test", "--body", ".the body\n..of it");
        Assert.Contains(dialogue, line => line.Contains("250 2.0.0 <ada@store.test>", StringComparison.Ordinal));
        var message = Assert.Single(store.Messages("ada@store.test"));
        Assert.Contains("Return-Path: <swaks@source.test>", message, StringComparison.Ordinal);
        Assert.Contains("\n.the body\n..of it", message.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        AssertNothingStored(node);
        Assert.Empty(reports.Messages);

        // The reply is one: the queue reports the other recipient.
        await PostfixTools.SwaksAsync(node.Listeners[1], "ada@store.test,full@store.test", "--body", "to two");
        await Eventually.True(() => reports.Messages.Count == 1, Limit, "the failure is reported");
        Assert.Equal(2, store.Messages("ada@store.test").Count);
        await node.WaitEmptyAsync(Limit);

        await store.DisposeAsync();
        await RefusedAsync(node.Listeners[1], "ada@store.test", "451 4.4.1");
    }

    [Fact]
    public async Task A_mail_server_decides_and_mail_waits_while_it_is_away()
    {
        var postfix = peers.Postfix;
        await using var node = NodeFor([(postfix.Domain, $"smtp://{postfix.EndPoint}")], postfix.Domain, "queue");
        await node.StartAsync();
        await RefusedAsync(node.Listeners[1], $"no-one@{postfix.Domain}", "5");
        await RefusedAsync(node.Listeners[1], $"later-proxied@{postfix.Domain}", "4");
        var dialogue = await PostfixTools.SwaksAsync(node.Listeners[1], $"proxied@{postfix.Domain}", "--body", "proxied");
        Assert.Contains(dialogue, line => line.Contains("250 2.0.0 Ok: queued as", StringComparison.Ordinal));
        var stored = await Peers.StoredAsync(postfix, $"proxied@{postfix.Domain}");
        Assert.Contains("by node.test ", System.Text.Encoding.Latin1.GetString(stored.Octets), StringComparison.Ordinal);
        AssertNothingStored(node);

        await using var away = NodeFor([(postfix.Domain, $"smtp://127.0.0.1:{FreePort.Tcp()}")], postfix.Domain, "queue");
        await away.StartAsync();
        await PostfixTools.SwaksAsync(away.Listeners[1], $"waiting@{postfix.Domain}", "--body", "waiting");
        await Eventually.True(async () => (await away.QueuesAsync()).Messages == 1, Limit, "the message waits");
    }

    [Fact]
    public async Task A_reload_begins_it_and_ends_it()
    {
        await using var sink = new SmtpSink(new SinkOptions
        {
            Script = step => step.Stage == SinkStage.Recipient && step.Line.Contains("no@", StringComparison.Ordinal)
                ? SinkAction.Reply("550 5.1.1 no such user") : SinkAction.Accept,
        });
        await using var node = NodeFor([("store.test", $"smtp://{sink.EndPoint}")], "store.test", "none");
        await node.StartAsync();
        await PostfixTools.SwaksAsync(node.Listeners[1], "no@store.test", "--body", "x");
        await ReloadAsync(node, "defer");
        await RefusedAsync(node.Listeners[1], "no@store.test", "550 5.1.1");
        await ReloadAsync(node, "none");
        await PostfixTools.SwaksAsync(node.Listeners[1], "no@store.test", "--body", "x");
    }

    private static async Task ReloadAsync(PostfleetNode node, string mode)
    {
        var before = node.Process.Output.Count(line => line.Contains(Reloaded, StringComparison.Ordinal));
        node.Rewrite(json => json["Routes"]![0]!["Proxy"] = mode);
        node.Process.Send(Signal.HangUp);
        await Eventually.True(
            () => node.Process.Output.Count(line => line.Contains(Reloaded, StringComparison.Ordinal)) > before, Limit, "the node reloads");
    }

    private static void AssertNothingStored(PostfleetNode node)
    {
        Assert.Contains(node.Process.Output, line => line.Contains(" passed on ", StringComparison.Ordinal));
        Assert.DoesNotContain(node.Process.Output, line => line.Contains(" info accepted ", StringComparison.Ordinal));
    }

    private static async Task RefusedAsync(IPEndPoint server, string recipient, string reply)
    {
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => PostfixTools.SwaksAsync(server, recipient, "--body", "x"));
        Assert.Contains($"<** {reply}", refused.Message, StringComparison.Ordinal);
    }

    private static PostfleetNode NodeFor(IReadOnlyList<(string Domain, string To)> routes, string domain, string mode) => new(new NodeSpec
    {
        Routes = routes,
        Configure = json =>
        {
            json["Node"]!["Hostname"] = "node.test";
            json["Listeners"]!.AsArray().Add(
                new JsonObject { ["Endpoint"] = "127.0.0.1:0", ["Service"] = "inbound", ["Checks"] = "none" });
            // The clients are on this machine, which would otherwise be an own one.
            json["Relay"] = new JsonObject { ["TrustedNetworks"] = new JsonArray("192.0.2.1/32") };
            json["Inbound"] = new JsonObject { ["Domains"] = new JsonArray(domain) };
            json["Routes"]![0]!["Proxy"] = mode;
            json["Queues"] = new JsonObject { ["FirstRetry"] = "1s", ["MaxRetry"] = "2s" };
        },
    });
}
