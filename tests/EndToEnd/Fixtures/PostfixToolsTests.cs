using System.Globalization;
using System.Net;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Fixtures;

public sealed class PostfixToolsTests
{
    [Fact]
    public async Task Sink_keeps_up_with_smtp_source_and_distinguishes_its_messages()
    {
        await using var sink = new SmtpSink();
        await PostfixTools.SourceAsync(sink.EndPoint, messages: 3_000, sessions: 20, recipients: 2);

        Assert.Equal(6_000, sink.Deliveries);
        Assert.Equal(0, sink.Duplicates);
    }

    [Fact]
    public async Task Smtp_sink_counts_the_messages_of_the_load_client()
    {
        var port = FreePort.Tcp();
        await using var sink = await PostfixTools.SinkAsync(port);
        await using var load = LoadClient.Start(
            new LoadPlan([new IPEndPoint(IPAddress.Loopback, port)], _ => ["to@x.test"]) { Messages = 500, Sessions = 5 });
        await load.Finished;

        Assert.Equal(500, load.Acknowledged.Count);
        var count = await sink.WaitForLineAsync(line => Count(line) == 500, TimeSpan.FromSeconds(10), "no count of 500");
        Assert.Contains("mesg=500", count, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Swaks_shows_its_dialogue_and_fails_when_the_message_is_refused()
    {
        await using var sink = new SmtpSink();
        var dialogue = await PostfixTools.SwaksAsync(sink.EndPoint, "to@x.test");
        Assert.Contains(dialogue, line => line.Contains("250 2.0.0 taken", StringComparison.Ordinal));
        Assert.Equal("swaks@source.test", Assert.Single(sink.Messages).ReversePath);

        sink.Script = step => step.Stage == SinkStage.Mail ? SinkAction.Reply("550 5.7.1 no") : SinkAction.Accept;
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => PostfixTools.SwaksAsync(sink.EndPoint, "to@x.test"));
        Assert.Contains("550 5.7.1 no", refused.Message, StringComparison.Ordinal);
    }

    private static int Count(string line)
    {
        var at = line.IndexOf("mesg=", StringComparison.Ordinal);
        return at >= 0 && int.TryParse(line.AsSpan(at + 5), NumberStyles.Integer, CultureInfo.InvariantCulture, out var n) ? n : -1;
    }
}
