using System.Text.Json.Nodes;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Inbound;

/// <summary>Mail for a real store by LMTP (RFC 2033), with a reply for each mailbox.</summary>
public sealed class DovecotTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Each_mailbox_of_a_store_decides_for_itself(bool bySocket)
    {
        await using var store = await Dovecot.StartAsync(new Dictionary<string, int?>
        {
            ["ada@store.test"] = null,
            ["bob@store.test"] = null,
            ["full@store.test"] = 1,
            ["later@store.test"] = null,
        });
        using var folder = new TempFolder("recipients");
        File.WriteAllText(
            folder["recipients"],
            "ada@store.test\nfull@store.test\nlater@store.test\nnobody@store.test\ninfo@store.test ada@store.test\n"
            + "team@store.test ada@store.test, bob@store.test\nbob@store.test\n"
            + "@other.test bob@store.test\n");
        store.Break("later@store.test", isBroken: true);
        await using var reports = new SmtpSink(new SinkOptions { KeepContent = true });
        await using var node = new PostfleetNode(new NodeSpec
        {
            Routes =
            [
                ("store.test", bySocket ? $"lmtp://{store.SocketPath}" : $"lmtp://{store.EndPoint}"),
                ("source.test", $"smtp://{reports.EndPoint}"),
            ],
            Configure = json =>
            {
                json["Queues"] = new JsonObject { ["FirstRetry"] = "1s", ["MaxRetry"] = "2s" };
                json["Inbound"] = new JsonObject
                {
                    ["Domains"] = new JsonArray("store.test", "other.test"),
                    ["Recipients"] = new JsonArray(folder["recipients"]),
                    ["RecipientDelimiter"] = "+",
                };
            },
        });
        await node.StartAsync();
        await PostfixTools.SwaksAsync(
            node.Relay, "ada@store.test,full@store.test,later@store.test,nobody@store.test", "--body", ".the body\n..of it", "--header",
            "Subject: by LMTP");

        await Eventually.True(() => store.Messages("ada@store.test").Count == 1, Limit, "the message is in the mailbox");
        await Eventually.True(() => Reported(reports, "5.2.2") && Reported(reports, "5.1.1"), Limit, "both failures are reported");
        await Eventually.True(async () => await node.QueuesAsync() is { Messages: 1, Recipients: 1 }, Limit, "one recipient waits");
        Assert.Empty(store.Messages("later@store.test"));

        store.Break("later@store.test", isBroken: false);
        await Eventually.True(() => store.Messages("later@store.test").Count == 1, Limit, "the message is in the mailbox that was broken");
        await node.WaitEmptyAsync(Limit);
        var message = Assert.Single(store.Messages("ada@store.test"));
        Assert.Contains("Subject: by LMTP", message, StringComparison.Ordinal);
        Assert.Contains("\n.the body\n..of it", message.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Contains("Return-Path: <swaks@source.test>", message, StringComparison.Ordinal);
        Assert.Empty(store.Messages("full@store.test"));

        // An alias, a detail and a catch-all.
        await PostfixTools.SwaksAsync(node.Relay, "info@store.test,ada+news@store.test,any@other.test", "--body", "to names");
        await Eventually.True(
            () => store.Messages("ada@store.test").Count == 3 && store.Messages("bob@store.test").Count == 1, Limit,
            "the messages are in the mailboxes of their names");

        // An alias of several addresses, whose success is reported once.
        using var client = await SmtpClientLite.ConnectAsync(node.Relay);
        foreach (var command in (string[])
            [
                "EHLO client.test", "MAIL FROM:<swaks@source.test>", "RCPT TO:<team@store.test> NOTIFY=SUCCESS", "DATA",
                "Subject: to a team\r\n\r\nhi\r\n.",
            ])
            Assert.InRange((await client.CommandAsync(command)).Code, 250, 354);
        await Eventually.True(() => Contains(reports, "Action: expanded"), Limit, "the expansion is reported");
        await node.WaitEmptyAsync(Limit);
        Assert.True(Contains(reports, "Final-Recipient: rfc822; team@store.test"));
        Assert.False(Contains(reports, "Action: delivered"));
        Assert.Equal((4, 2), (store.Messages("ada@store.test").Count, store.Messages("bob@store.test").Count));
    }

    private static bool Reported(SmtpSink reports, string status) => Contains(reports, $"Status: {status}");

    private static bool Contains(SmtpSink reports, string text) => reports.Messages.Any(
        report => System.Text.Encoding.UTF8.GetString(report.Content!).Contains(text, StringComparison.Ordinal));
}
