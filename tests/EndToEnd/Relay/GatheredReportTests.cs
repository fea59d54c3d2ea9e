using System.Text;
using System.Text.Json.Nodes;
using MimeKit;
using Postfleet.Testing;
using Xunit;

namespace Postfleet.EndToEnd.Tests.Relay;

/// <summary>Refusals of many domains for one message are in one report, even if the node fails in between.</summary>
public sealed class GatheredReportTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    [Theory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.Postgres)]
    public async Task Refusals_of_three_hundred_domains_share_one_report(Engine engine)
    {
        await using var given = await StartAsync(engine);
        await given.SendAsync([.. Enumerable.Range(0, 300).Select(i => $"no@d{i}.example")]);
        await given.Reports.WaitForAsync(1, Limit);
        await new StorageProbe(given.Spec, given.Node).WaitSettledAsync(Limit);
        AssertTold(given, 300);
    }

    [Theory]
    [InlineData(Engine.Sqlite)]
    [InlineData(Engine.Postgres)]
    public async Task Failures_noted_before_a_kill_are_reported_once_after_it(Engine engine)
    {
        const int Refused = 30;
        await using var given = await StartAsync(engine);
        // The deferring domain delays the report.
        await given.SendAsync([.. Enumerable.Range(0, Refused).Select(i => $"no@d{i}.example"), "later@late.example"]);
        var probe = new StorageProbe(given.Spec, given.Node);
        await Eventually.True(async () => await probe.CountAsync("pending_report") > 0, Limit, "a failure is noted");
        await given.Node.KillAsync();
        await given.Node.StartAsync();
        await given.Reports.WaitForAsync(1, Limit);
        Assert.Equal(1, await probe.CountAsync("part", "queue_key LIKE '%late.example'"));
        // Finally the last recipient is accepted, and no further report comes.
        given.TakesLater();
        await probe.WaitSettledAsync(Limit);
        AssertTold(given, Refused);
    }

    /// <summary>The queues of the message's parts are on three nodes. The oldest node would create the report.</summary>
    [Fact]
    public async Task Failures_noted_by_three_nodes_are_reported_once_although_the_oldest_node_dies()
    {
        const int Refused = 60;
        await using var given = new Given();
        var seed = NodeConfiguration.NextHost();
        given.Spec = await SpecAsync(Engine.Postgres, given) with { Seeds = [seed], ClusterHost = seed };
        await using var oldest = new PostfleetNode(given.Spec);
        await oldest.StartAsync();
        given.Node = new PostfleetNode(given.Spec with { ClusterHost = NodeConfiguration.NextHost() });
        await using var third = new PostfleetNode(given.Spec with { ClusterHost = NodeConfiguration.NextHost() });
        await Task.WhenAll(given.Node.StartAsync(), third.StartAsync());

        await given.SendAsync([.. Enumerable.Range(0, Refused).Select(i => $"no@d{i}.example"), "later@late.example"]);
        var probe = new StorageProbe(given.Spec, given.Node);
        await Eventually.True(async () => await probe.CountAsync("pending_report") > 0, Limit, "a failure is noted");
        await oldest.KillAsync();
        await given.Reports.WaitForAsync(1, Limit);
        given.TakesLater();
        await probe.WaitSettledAsync(Limit);
        AssertTold(given, Refused);
    }

    // Each failure is reported once. The number of reports depends on the time between the failures: one, unless the machine is very slow
    // or a node died.
    private static void AssertTold(Given given, int refused)
    {
        Assert.Equal(
            Enumerable.Range(0, refused).Select(i => $"no@d{i}.example").Order(), given.Reports.Messages.SelectMany(Recipients).Order());
        Assert.InRange(given.Reports.Messages.Count, 1, refused / 6);
    }

    private static async Task<Given> StartAsync(Engine engine)
    {
        var given = new Given();
        given.Spec = await SpecAsync(engine, given);
        given.Node = new PostfleetNode(given.Spec);
        await given.Node.StartAsync();
        return given;
    }

    private static async Task<NodeSpec> SpecAsync(Engine engine, Given given) => await engine.SpecAsync() with
    {
        Routes = [("source.test", $"smtp://127.0.0.1:{given.Reports.Port}"), ("*", $"smtp://127.0.0.1:{given.Sink.Port}")],
        Configure = json => json["Queues"] = new JsonObject { ["FirstRetry"] = "1s", ["MaxRetry"] = "2s" },
    };

    private static IEnumerable<string> Recipients(SinkMessage report)
    {
        using var content = new MemoryStream(report.Content!);
        var status = Assert.IsType<MultipartReport>(MimeMessage.Load(content).Body).OfType<MessageDeliveryStatus>().Single();
        return status.StatusGroups.Skip(1).Where(group => group.Count > 0).Select(group => group["Final-Recipient"]!.Split(';')[1].Trim());
    }

    private sealed class Given : IAsyncDisposable
    {
        private volatile bool _takesLater;

        public Given() => Sink = new SmtpSink(new SinkOptions
        {
            Script = step => step.Stage != SinkStage.Recipient ? SinkAction.Accept
                : step.Line.Contains("<no@", StringComparison.OrdinalIgnoreCase) ? SinkAction.Reply("550 5.1.1 nobody here")
                : _takesLater ? SinkAction.Accept : SinkAction.Reply("450 4.2.1 not now"),
        });

        public SmtpSink Sink { get; }

        public SmtpSink Reports { get; } = new(new SinkOptions { KeepContent = true });

        public NodeSpec Spec { get; set; } = null!;

        public PostfleetNode Node { get; set; } = null!;

        public void TakesLater() => _takesLater = true;

        public async Task SendAsync(IReadOnlyList<string> recipients)
        {
            using var client = await SmtpClientLite.ConnectAsync(Node.Relay);
            await client.CommandAsync("EHLO test");
            var reply = await client.SendMessageAsync(
                FaultNode.Sender, [.. recipients],
                Encoding.ASCII.GetBytes("Subject: many\r\nMessage-Id: <many@source.test>\r\n\r\nbody\r\n"));
            Assert.Equal(250, reply.Code);
        }

        public async ValueTask DisposeAsync()
        {
            await Node.DisposeAsync();
            await Sink.DisposeAsync();
            await Reports.DisposeAsync();
        }
    }
}
