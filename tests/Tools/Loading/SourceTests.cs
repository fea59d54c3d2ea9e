using System.Diagnostics;
using Postfleet.Testing;
using Postfleet.Tools.Loading;
using Xunit;

namespace Postfleet.Tools.Tests.Loading;

/// <summary>The messages of the source, received by the scriptable sink of tests/Testing, which can also refuse.</summary>
public sealed class SourceTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    [Theory]
    [InlineData(false, 256)]
    [InlineData(true, 256)]
    [InlineData(true, 100_000)]
    public async Task Every_message_arrives_once_for_each_recipient_and_in_full(bool pipelining, int octets)
    {
        await using var sink = new SmtpSink(new SinkOptions { IdHeader = "X-Load" });
        var plan = Plan(sink) with { Messages = 20, Recipients = 3, Sessions = 4, Octets = octets, Pipelining = pipelining, Domains = 7 };
        var (source, ledger) = await RunAsync(plan);
        Assert.Equal((60, 0L), (sink.Deliveries, sink.Duplicates));
        Assert.Equal(20, sink.Messages.Select(message => message.Id).Distinct().Count());
        Assert.All(sink.Messages, message => Assert
            .Equal((octets, 3, "from@source.test"), (message.Octets, message.Recipients.Count, message.ReversePath)));
        Assert.Equal(
            7, sink.Messages.SelectMany(message => message.Recipients).Select(recipient => recipient.Split('@')[1]).Distinct().Count());
        Assert.Equal((20, 0, 0, null), (ledger.Accepted, source.Refused, source.Broken, source.FirstFault));
    }

    [Theory]
    [InlineData(int.MaxValue, 1)]
    [InlineData(4, 3)]
    [InlineData(1, 10)]
    public async Task Connections_end_after_their_messages(int perConnection, int connections)
    {
        await using var sink = new SmtpSink(new SinkOptions { KeepCommands = true });
        await RunAsync(Plan(sink) with { PerConnection = perConnection });
        Assert.Equal((10, connections), (sink.Messages.Count, sink.ConnectionsTotal));
        for (var n = 1; n <= connections; n++) Assert.Equal("QUIT", sink.Commands(n)[^1]);
    }

    [Fact]
    public async Task A_rate_is_not_exceeded()
    {
        await using var sink = new SmtpSink(new SinkOptions());
        var started = Stopwatch.GetTimestamp();
        var (_, ledger) = await RunAsync(Plan(sink) with { Rate = 50 });
        Assert.Equal(10, ledger.Accepted);
        // The tenth is not sent before nine fiftieths of a second have passed.
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.FromSeconds(9 / 50.0) - TimeSpan.FromMilliseconds(2), Limit);
    }

    [Theory]
    [InlineData(SinkStage.Mail, false)]
    [InlineData(SinkStage.Mail, true)]
    [InlineData(SinkStage.Recipient, false)]
    [InlineData(SinkStage.Recipient, true)]
    [InlineData(SinkStage.Data, false)]
    [InlineData(SinkStage.EndOfData, true)]
    public async Task A_refused_message_is_counted_and_the_next_ones_go_on(SinkStage stage, bool pipelining)
    {
        var steps = 0;
        await using var sink = new SmtpSink(new SinkOptions
        {
            Script = step =>
                step.Stage == stage && Interlocked.Increment(ref steps) == 3 ? SinkAction.Reply("450 4.2.0 later") : SinkAction.Accept,
        });
        var (source, ledger) = await RunAsync(Plan(sink) with { Pipelining = pipelining });
        Assert.Equal((9, 1, 0), (ledger.Accepted, source.Refused, source.Broken));
        Assert.StartsWith("450 4.2.0 later", source.FirstFault, StringComparison.Ordinal);
        Assert.Equal((9, 1), (sink.Messages.Count, sink.ConnectionsTotal));
    }

    [Fact]
    public async Task A_message_that_some_recipients_refused_is_not_sent_to_the_others()
    {
        var steps = 0;
        await using var sink = new SmtpSink(new SinkOptions
        {
            Script = step => step.Stage == SinkStage.Recipient && Interlocked.Increment(ref steps) == 4
                ? SinkAction.Reply("550 5.1.1 nobody") : SinkAction.Accept,
        });
        var (source, ledger) = await RunAsync(Plan(sink) with { Pipelining = true, Recipients = 3 });
        Assert.Equal((9, 1, 1), (ledger.Accepted, source.Refused, source.Broken));
        Assert.Equal((9, 2), (sink.Messages.Count, sink.ConnectionsTotal));
    }

    [Theory]
    [InlineData(SinkStage.Mail)]
    [InlineData(SinkStage.EndOfData)]
    public async Task A_broken_connection_costs_its_message_alone(SinkStage stage)
    {
        var steps = 0;
        await using var sink = new SmtpSink(new SinkOptions
        {
            Script = step => step.Stage == stage && Interlocked.Increment(ref steps) == 3 ? SinkAction.Drop : SinkAction.Accept,
        });
        var (source, ledger) = await RunAsync(Plan(sink));
        Assert.Equal((9, 1, 1), (ledger.Accepted, source.Refused, source.Broken));
        Assert.Equal((9, 2), (sink.Messages.Count, sink.ConnectionsTotal));
    }

    [Fact]
    public async Task A_connection_that_is_refused_is_tried_again()
    {
        var steps = 0;
        await using var sink = new SmtpSink(new SinkOptions
        {
            Script = step => step.Stage == SinkStage.Connect && Interlocked.Increment(ref steps) <= 2
                ? SinkAction.ReplyAndDrop("421 4.3.2 busy") : SinkAction.Accept,
        });
        var (source, ledger) = await RunAsync(Plan(sink));
        Assert.Equal((10, 0, 2), (ledger.Accepted, source.Refused, source.FailedConnects));
        Assert.StartsWith("421 4.3.2 busy", source.FirstFault, StringComparison.Ordinal);
    }

    private static Plan Plan(SmtpSink sink) => new()
    {
        Port = sink.Port,
        Messages = 10,
        Sessions = 1,
        Octets = 256,
    };

    private static async Task<(Source Source, Ledger Ledger)> RunAsync(Plan plan)
    {
        var ledger = new Ledger(plan, 1);
        var source = new Source(plan, ledger);
        await source.RunAsync().WaitAsync(Limit);
        return (source, ledger);
    }
}
