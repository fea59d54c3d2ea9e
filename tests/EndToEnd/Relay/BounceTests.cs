using MimeKit;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Relay;

/// <summary>Permanent failures are reported to the sender (RFC 3464) with the remote reply.</summary>
[Collection(SharedFaultNodeTests.Name)]
public sealed class BounceTests(SharedFaultNode shared)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task A_refused_recipient_is_reported_and_the_other_gets_the_message_once()
    {
        await using var given = await shared.TakeAsync();
        await using var sink = given.FirstSink(step =>
            step.Stage == SinkStage.Recipient && step.Line.Contains("<no@", StringComparison.OrdinalIgnoreCase)
                ? SinkAction.Reply("550 5.1.1 there is\n550 5.1.1 nobody here")
                : SinkAction.Accept);
        await given.SendAsync("<1@x>", given.Sender, $"yes@{given.Domain}", $"no@{given.Domain}");

        await sink.WaitForAsync(1, Limit);
        await given.Reports.WaitForAsync(1, Limit);
        Assert.Equal([$"yes@{given.Domain}"], Assert.Single(sink.Messages).Recipients);
        AssertReport(Assert.Single(given.Reports.Messages), given.Sender, $"no@{given.Domain}", "5.1.1", "nobody here");
        await given.ReturnAsync(Limit);
    }

    [Theory]
    [InlineData(SinkStage.Mail)]
    [InlineData(SinkStage.Data)]
    [InlineData(SinkStage.EndOfData)]
    public async Task A_refusal_at_any_step_is_reported(SinkStage stage)
    {
        await using var given = await shared.TakeAsync();
        await using var sink = given.FirstSink(
            step => step.Stage == stage ? SinkAction.Reply("554 5.7.1 policy of the test") : SinkAction.Accept);
        await given.SendAsync("<1@x>", given.Sender, $"to@{given.Domain}");

        await given.Reports.WaitForAsync(1, Limit);
        AssertReport(Assert.Single(given.Reports.Messages), given.Sender, $"to@{given.Domain}", "5.7.1", "policy of the test");
        Assert.Empty(sink.Messages);
        await given.ReturnAsync(Limit);
    }

    [Fact]
    public async Task A_domain_without_mail_is_reported_without_an_attempt()
    {
        await using var given = await shared.TakeAsync();
        await given.SendAsync("<1@x>", given.Sender, "to@null.test");
        await given.SendAsync("<2@x>", given.Sender, "to@missing.test");

        await Eventually.True(() => given.Reports.Messages.Count == 2, Limit, "both reports came");
        var reports = given.Reports.Messages.ToDictionary(Recipient);
        // RFC 7505 section 4.1 gives the code for a null MX; RFC 3463 that for a domain that does not exist.
        AssertReport(reports["to@null.test"], given.Sender, "to@null.test", "5.1.10", "");
        AssertReport(reports["to@missing.test"], given.Sender, "to@missing.test", "5.1.2", "");
        await given.ReturnAsync(Limit);
    }

    [Fact]
    public async Task Mail_deferred_beyond_its_lifetime_is_reported()
    {
        var port = FreePort.Tcp();
        await using var sink = FaultNode.Sink(
            port, "127.0.0.11", step => step.Stage == SinkStage.Recipient ? SinkAction.Reply("450 4.2.2 mailbox full") : SinkAction.Accept);
        await using var given = await FaultNode.StartAsync(
            port, new DnsRecords().Mx("a.test", "mx.a.test").Address("mx.a.test", "127.0.0.11"), lifetime: "4s");
        await given.SendAsync("<1@x>", FaultNode.Sender, "to@a.test");

        await given.Reports.WaitForAsync(1, Limit);
        AssertReport(Assert.Single(given.Reports.Messages), FaultNode.Sender, "to@a.test", status: null, "mailbox full");
        Assert.True(sink.ConnectionsTotal >= 1);
        await given.Node.WaitEmptyAsync(Limit);
    }

    [Fact]
    public async Task A_report_that_cannot_be_delivered_ends_there()
    {
        await using var given = await shared.TakeAsync();
        await using var sink = given.FirstSink(
            step => step.Stage == SinkStage.Recipient ? SinkAction.Reply("550 5.1.1 no") : SinkAction.Accept);
        await given.SendAsync("<1@x>", $"sender@{given.Domain}", $"to@{given.Domain}");

        await Eventually.True(() => Recipients(sink).Count == 2, Limit, "the message and its report were tried");
        await given.Node.WaitEmptyAsync(Limit);
        Assert.Equal([$"to@{given.Domain}", $"sender@{given.Domain}"], Recipients(sink));
        Assert.Empty(given.Reports.Messages);
        await given.ReturnAsync(Limit);
    }

    private static List<string> Recipients(SmtpSink sink) =>
        [.. Enumerable.Range(1, sink.ConnectionsTotal)
            .SelectMany(sink.Commands)
            .Where(line => line.StartsWith("RCPT", StringComparison.OrdinalIgnoreCase))
            .Select(line => line[(line.IndexOf('<', StringComparison.Ordinal) + 1)..line.IndexOf('>', StringComparison.Ordinal)])];

    private static string Recipient(SinkMessage report) => Group(report)["Final-Recipient"]!.Split(';')[1].Trim();

    private static HeaderList Group(SinkMessage report)
    {
        using var content = new MemoryStream(report.Content!);
        var body = Assert.IsType<MultipartReport>(MimeMessage.Load(content).Body);
        Assert.Equal("delivery-status", body.ReportType);
        var status = body.OfType<MessageDeliveryStatus>().Single();
        // The first group describes the message, each further group a recipient. The blank line at the end gives an empty group.
        return Assert.Single(status.StatusGroups.Skip(1), group => group.Count > 0);
    }

    private static void AssertReport(SinkMessage report, string sender, string recipient, string? status, string reply)
    {
        Assert.Equal("", report.ReversePath);
        Assert.Equal([sender], report.Recipients);
        var group = Group(report);
        Assert.Equal("failed", group["Action"]);
        Assert.Equal(recipient, Recipient(report));
        Assert.True(status is null || group["Status"] == status, $"{group["Status"]} instead of {status}");
        if (reply.Length > 0)
        {
            Assert.Contains(reply, group["Diagnostic-Code"], StringComparison.Ordinal);
        }
    }
}
