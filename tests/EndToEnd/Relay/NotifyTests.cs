using MimeKit;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Relay;

/// <summary>Senders get exactly the notifications that they request (RFC 3461).</summary>
[Collection(SharedFaultNodeTests.Name)]
public sealed class NotifyTests(SharedFaultNode shared)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Delivery_to_a_host_without_dsn_is_reported_on_request()
    {
        await using var given = await shared.TakeAsync();
        await using var sink = given.FirstSink();
        await SendAsync(
            given.Node, given.Sender, "RET=HDRS ENVID=QQ+2B1", $"<to@{given.Domain}> NOTIFY=SUCCESS ORCPT=rfc822;first@{given.Domain}",
            $"<other@{given.Domain}> NOTIFY=FAILURE", $"<third@{given.Domain}>");

        await given.Reports.WaitForAsync(1, Limit);
        await given.Node.WaitEmptyAsync(Limit);
        var status = Status(Assert.Single(given.Reports.Messages));
        Assert.Equal("QQ+1", status[0]["Original-Envelope-Id"]);
        var recipient = Assert.Single(status.Skip(1));
        Assert.Equal(
            ("relayed", $"rfc822; to@{given.Domain}", $"rfc822; first@{given.Domain}"),
            (recipient["Action"], recipient["Final-Recipient"], recipient["Original-Recipient"]));
        Assert.Equal([$"to@{given.Domain}", $"other@{given.Domain}", $"third@{given.Domain}"], Assert.Single(sink.Messages).Recipients);
        await given.ReturnAsync(Limit);
    }

    [Fact]
    public async Task Sender_is_told_once_about_a_late_message_and_never_against_its_wish()
    {
        var port = FreePort.Tcp();
        var isOpen = false;
        await using var sink = FaultNode.Sink(port, "127.0.0.11", step => step switch
        {
            { Stage: SinkStage.Recipient } when step.Line.Contains("<no@", StringComparison.OrdinalIgnoreCase) =>
                SinkAction.Reply("550 5.1.1 nobody here"),
            { Stage: SinkStage.Recipient } when !Volatile.Read(ref isOpen) => SinkAction.Reply("450 4.2.2 mailbox full"),
            _ => SinkAction.Accept,
        });
        await using var given = await FaultNode.StartAsync(
            port, new DnsRecords().Mx("a.test", "mx.a.test").Address("mx.a.test", "127.0.0.11"), delayWarning: "3s");
        await SendAsync(given.Node, FaultNode.Sender, "", "<to@a.test>", "<quiet@a.test> NOTIFY=NEVER", "<no@a.test> NOTIFY=NEVER");

        await given.Reports.WaitForAsync(1, Limit);
        var tries = Tries(sink);
        // Further attempts do not repeat the notification.
        await Eventually.True(() => Tries(sink) > tries + 2, Limit, "it is tried again");
        Volatile.Write(ref isOpen, true);
        await sink.WaitForAsync(1, Limit);
        await given.Node.WaitEmptyAsync(Limit);
        var recipient = Assert.Single(Status(Assert.Single(given.Reports.Messages)).Skip(1));
        Assert.Equal(("delayed", "rfc822; to@a.test", "4.2.2"), (recipient["Action"], recipient["Final-Recipient"], recipient["Status"]));
        Assert.Contains("mailbox full", recipient["Diagnostic-Code"], StringComparison.Ordinal);
        Assert.Equal(["to@a.test", "quiet@a.test"], Assert.Single(sink.Messages).Recipients);
    }

    [Fact]
    public async Task Message_to_a_recipient_in_utf8_returns_in_full_on_request()
    {
        await using var given = await shared.TakeAsync();
        await using var sink = given.FirstSink();
        // The sink has no SMTPUTF8, so the message cannot be relayed.
        await SendAsync(given.Node, given.Sender, "SMTPUTF8 RET=FULL", $"<j\u00f6rg@{given.Domain}>");

        await given.Reports.WaitForAsync(1, Limit);
        var report = Assert.Single(given.Reports.Messages);
        Assert.Equal($"utf-8; j\\x{{F6}}rg@{given.Domain}", Status(report)[1]["Final-Recipient"]);
        using var content = new MemoryStream(report.Content!);
        var returned = Assert.Single(((Multipart)MimeMessage.Load(content).Body!).OfType<MessagePart>()).Message!;
        Assert.Equal(("hello", "body"), (returned.Subject, returned.TextBody!.TrimEnd()));
        Assert.Empty(sink.Messages);
        await given.ReturnAsync(Limit);
    }

    private static int Tries(SmtpSink sink) => Enumerable.Range(1, sink.ConnectionsTotal)
        .Sum(connection => sink.Commands(connection).Count(line => line.StartsWith("MAIL", StringComparison.OrdinalIgnoreCase)));

    private static async Task SendAsync(PostfleetNode node, string sender, string mail, params string[] recipients)
    {
        using var client = await SmtpClientLite.ConnectAsync(node.Relay);
        string[] commands =
        [
            "EHLO test", $"MAIL FROM:<{sender}> {mail}", .. recipients.Select(recipient => $"RCPT TO:{recipient}"), "DATA",
            "Subject: hello\r\n\r\nbody\r\n.",
        ];
        foreach (var command in commands)
        {
            var reply = await client.CommandAsync(command);
            Assert.True(reply.Code is 250 or 354, $"{command}: {reply}");
        }
    }

    private static List<HeaderList> Status(SinkMessage report)
    {
        using var content = new MemoryStream(report.Content!);
        var body = Assert.IsType<MultipartReport>(MimeMessage.Load(content).Body);
        return [.. body.OfType<MessageDeliveryStatus>().Single().StatusGroups.Where(group => group.Count > 0)];
    }
}
