using System.Text.Json.Nodes;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Relay;

/// <summary>Under load without faults, every message arrives exactly once and leaves no row in the storage.</summary>
public sealed class ExactlyOnceTests
{
    private const int Sessions = 50;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.Postgres)]
    public async Task Mail_by_smtp_source_arrives_exactly_once_and_leaves_nothing(Engine engine)
    {
        var messages = TestSize.Choose(2_000, 10_000);
        await using var sink = new SmtpSink();
        var spec = await SpecAsync(engine, sink.Port);
        await using var node = new PostfleetNode(spec);
        await node.StartAsync();

        await PostfixTools.SourceAsync(node.Relay, messages, Sessions);
        await sink.WaitForAsync(messages, Limit);

        var probe = new StorageProbe(spec, node);
        await probe.WaitSettledAsync(Limit);
        await probe.WaitJournalEmptyAsync(queues: 1, Limit);
        Assert.Equal((messages, 0L), (sink.Deliveries, sink.Duplicates));
    }

    [Theory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.Postgres)]
    public async Task Mail_to_five_domains_arrives_exactly_once_in_each(Engine engine)
    {
        var messages = TestSize.Choose(1_000, 10_000);
        await using var sink = new SmtpSink();
        var spec = await SpecAsync(engine, sink.Port);
        await using var node = new PostfleetNode(spec);
        await node.StartAsync();

        await using var load = LoadClient.Start(
            new LoadPlan([node.Relay], n => [.. Enumerable.Range(0, 5).Select(i => $"to@domain{((n * 3) + i) % 20}.example")])
            {
                Messages = messages,
                Sessions = Sessions,
            });
        await load.Finished;
        Assert.Equal(messages, load.Acknowledged.Count);
        await sink.WaitForAsync(messages * 5, Limit);

        var probe = new StorageProbe(spec, node);
        await probe.WaitSettledAsync(Limit);
        await probe.WaitJournalEmptyAsync(queues: 20, Limit);
        Assert.Equal((messages * 5, 0L), (sink.Deliveries, sink.Duplicates));
        Assert.All(
            load.Acknowledged.Values, sent => Assert.All(sent.Recipients, recipient => Assert.Equal(1, sink.Count(sent.Id, recipient))));
    }

    [Fact]
    public async Task Smtp_sink_counts_as_many_messages_as_smtp_source_sent()
    {
        var messages = TestSize.Choose(1_000, 10_000);
        var port = FreePort.Tcp();
        await using var sink = await PostfixTools.SinkAsync(port);
        var spec = new NodeSpec { Routes = [("*", $"smtp://127.0.0.1:{port}")] };
        await using var node = new PostfleetNode(spec);
        await node.StartAsync();

        await PostfixTools.SourceAsync(node.Relay, messages, Sessions);
        await sink.WaitForLineAsync(
            line => line.TrimEnd().EndsWith($"mesg={messages}", StringComparison.Ordinal), Limit, $"no count of {messages}");
        await new StorageProbe(spec, node).WaitSettledAsync(Limit);
        Assert.DoesNotContain(sink.Output, line => line.TrimEnd().EndsWith($"mesg={messages + 1}", StringComparison.Ordinal));
    }

    // Queues passivate after a second without mail, and then have no events in the journal.
    private static async Task<NodeSpec> SpecAsync(Engine engine, int sink) => await engine.SpecAsync() with
    {
        Routes = [("*", $"smtp://127.0.0.1:{sink}")],
        Configure = json => json["Queues"] = new JsonObject { ["IdleTimeout"] = "1s" },
    };
}
