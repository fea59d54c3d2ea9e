using System.Text.Json.Nodes;
using Postfleet.Node.Cli;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.Node.Tests.Cli;

/// <summary>What <c>inspect</c> prints of delivery reports and complaints.</summary>
public sealed class InspectedReportTests : IDisposable
{
    private readonly TempFolder _folder = new("inspect");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_delivery_report_is_printed()
    {
        var report = await InspectAsync("""
            Return-Path: <>
            From: MAILER-DAEMON@mx.example.net
            Subject: failure notice

            I wasn't able to deliver your message.

            <bob@example.net>:
            192.0.2.1 does not like recipient.
            Remote host said: 550 5.1.1 User unknown

            --- Below this line is a copy of the message.

            Return-Path: <news@example.com>
            Message-ID: <1@example.com>

            """);
        Assert.Equal("deliveryReport", (string?)report!["kind"]);
        Assert.Equal("1@example.com", (string?)report["originalMessageId"]);
        Assert.Equal("news@example.com", (string?)report["originalReturnPath"]);
        var recipient = Assert.Single(report["recipients"]!.AsArray())!;
        Assert.Equal("bob@example.net", (string?)recipient["final"]);
        Assert.Equal("failed", (string?)recipient["action"]);
        Assert.Equal("5.1.1", (string?)recipient["status"]);
        Assert.Equal("unknown-user", (string?)recipient["class"]);
    }

    [Fact]
    public async Task A_complaint_is_printed()
    {
        var report = await InspectAsync("""
            Content-Type: multipart/report; report-type=feedback-report; boundary=b

            --b
            Content-Type: message/feedback-report

            Feedback-Type: abuse
            User-Agent: Loop/1.0
            Original-Rcpt-To: <bob@example.net>

            --b--
            """);
        Assert.Equal("complaint", (string?)report!["kind"]);
        Assert.Equal("abuse", (string?)report["feedbackType"]);
        Assert.Equal("bob@example.net", (string?)Assert.Single(report["recipients"]!.AsArray()));
    }

    [Fact]
    public async Task Usual_mail_has_no_report() =>
        Assert.Null(await InspectAsync("Subject: x\n\nann@example.net\n550 5.1.1 User unknown\n"));

    private async Task<JsonNode?> InspectAsync(string mail)
    {
        using var output = new StringWriter();
        File.WriteAllText(_folder["m.eml"], mail);
        // Nothing answers at this port.
        var code = await CommandLine.RunAsync(
            ["inspect", _folder["m.eml"], "--Node:Hostname=mx.example.org", "--Dns:Servers:0=127.0.0.1:1", "--Dns:Timeout=100ms",
                "--Inbound:CheckTime=300ms"],
            (_, _) => Task.FromResult(1), new Surroundings(new Dictionary<string, string>(), _folder.FullPath, output, TextWriter.Null));
        Assert.Equal(0, code);
        return JsonNode.Parse(output.ToString())!["report"];
    }
}
