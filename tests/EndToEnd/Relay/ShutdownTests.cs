using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.EndToEnd.Tests.Relay;

/// <summary>
/// SIGTERM: the node accepts no more mail, finishes its work and exits with 0. The next start continues without duplicates.
/// </summary>
public sealed class ShutdownTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    [Theory]
    [InlineData(Engine.Sqlite, 4)]
    [InlineData(Engine.Postgres, 2)]
    public async Task Restarts_under_load_lose_nothing_and_send_nothing_twice(Engine engine, int rounds)
    {
        rounds = TestSize.Choose(rounds, 10);
        var messages = TestSize.Choose(1_500, 10_000);
        var random = new Random(TestSize.Seed);
        output.WriteLine($"seed {TestSize.Seed}");

        // The sink delays its 250, so an attempt that is cut off there would cause a duplicate.
        await using var sink = new SmtpSink(new SinkOptions
        {
            Script = step => step.Stage == SinkStage.EndOfData
                ? SinkAction.Accept with { Delay = TimeSpan.FromMilliseconds(20) } : SinkAction.Accept,
        });
        var spec = await SpecAsync(engine, sink, grace: "30s");
        await using var node = new PostfleetNode(spec);
        await node.StartAsync();
        var loads = new List<LoadClient>();
        for (var round = 1; round <= rounds; round++)
        {
            // The load continues until it is stopped, however late the signal comes.
            await using var load = LoadClient.Start(
                new LoadPlan([node.Relay], n => [$"to@domain{n % 5}.example"]) { IdPrefix = $"round{round}" });
            loads.Add(load);
            var stopAt = random.Next(1, messages * 9 / 10);
            await load.ReachedAsync(stopAt, Limit);
            var clock = Stopwatch.StartNew();
            var code = await node.TerminateAsync();
            var elapsed = clock.Elapsed;
            await load.StopAsync().WaitAsync(Limit);
            output.WriteLine(
                $"round {round}: stopped at {stopAt}, {load.Acknowledged.Count} acknowledged, exit code {code} after " +
                $"{elapsed.TotalSeconds:0.0} s, {sink.Duplicates} duplicates so far");
            Assert.Equal(0, code);
            Assert.InRange(elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(30));
            await node.StartAsync();
            Assert.Equal(0, node.InFlightAtRecovery);
        }

        await Eventually.True(() => loads.All(load => Missing(load, sink) == 0), Limit, "every acknowledged message arrives");
        await new StorageProbe(spec, node).WaitSettledAsync(Limit);
        Assert.Equal(0, sink.Duplicates);
    }

    [Fact]
    public async Task Running_work_finishes_and_no_new_work_begins()
    {
        var taken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var sink = new SmtpSink(new SinkOptions
        {
            Script = step =>
            {
                if (step.Stage != SinkStage.EndOfData) return SinkAction.Accept;
                taken.TrySetResult();
                return SinkAction.Accept with { Delay = TimeSpan.FromSeconds(2) };
            },
        });
        await using var node = new PostfleetNode(await SpecAsync(Engine.Sqlite, sink, grace: "30s"));
        await node.StartAsync();
        var relay = node.Relay;
        using var inData = await SmtpClientLite.ConnectAsync(relay);
        await inData.CommandAsync("EHLO test");
        await inData.CommandAsync("MAIL FROM:<sender@source.test>");
        await inData.CommandAsync("RCPT TO:<second@a.test>");
        Assert.Equal(354, (await inData.CommandAsync("DATA")).Code);
        using var idle = await SmtpClientLite.ConnectAsync(relay);
        using (var client = await SmtpClientLite.ConnectAsync(relay))
        {
            await client.CommandAsync("EHLO test");
            var content = Encoding.ASCII.GetBytes("Message-Id: <1@x>\r\n\r\n");
            Assert.Equal(250, (await client.SendMessageAsync("sender@source.test", ["first@a.test"], content)).Code);
        }

        await taken.Task.WaitAsync(Limit);
        node.Process.Send(Signal.Terminate);
        Assert.Equal(421, (await idle.ReadReplyAsync().WaitAsync(Limit)).Code);
        await Assert.ThrowsAsync<EndOfStreamException>(() => idle.ReadReplyAsync().WaitAsync(Limit));
        await AssertRefusedAsync(relay);
        await inData.SendAsync(Encoding.ASCII.GetBytes("Message-Id: <2@x>\r\n\r\n.\r\n"));
        Assert.Equal(250, (await inData.ReadReplyAsync().WaitAsync(Limit)).Code);
        Assert.Equal(421, (await inData.ReadReplyAsync().WaitAsync(Limit)).Code);
        Assert.Equal(0, await node.Process.WaitForExitAsync(TimeSpan.FromSeconds(30)));

        await node.StartAsync();
        await sink.WaitForAsync(2, Limit);
        await node.WaitEmptyAsync(Limit);
        Assert.Equal((1, 1), (sink.Count("<1@x>", "first@a.test"), sink.Count("<2@x>", "second@a.test")));
        Assert.Equal(0, sink.Duplicates);
    }

    [Fact]
    public async Task The_grace_bounds_the_stop_whatever_clients_and_hosts_do()
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var sink = new SmtpSink(new SinkOptions
        {
            Script = step =>
            {
                if (step.Stage != SinkStage.Data) return SinkAction.Accept;
                reached.TrySetResult();
                return SinkAction.Hang;
            },
        });
        await using var node = new PostfleetNode(await SpecAsync(Engine.Sqlite, sink, grace: "4s"));
        await node.StartAsync();
        using var inData = await SmtpClientLite.ConnectAsync(node.Relay);
        await inData.CommandAsync("EHLO test");
        var content = Encoding.ASCII.GetBytes("Message-Id: <1@x>\r\n\r\n");
        Assert.Equal(250, (await inData.SendMessageAsync("sender@source.test", ["to@a.test"], content)).Code);
        await inData.CommandAsync("MAIL FROM:<sender@source.test>");
        await inData.CommandAsync("RCPT TO:<to@a.test>");
        Assert.Equal(354, (await inData.CommandAsync("DATA")).Code);
        await reached.Task.WaitAsync(Limit);

        var clock = Stopwatch.StartNew();
        Assert.Equal(0, await node.TerminateAsync());
        output.WriteLine($"ended after {clock.Elapsed.TotalSeconds:0.0} s");
        // One grace period for all work, and some seconds for leaving the cluster.
        Assert.InRange(clock.Elapsed, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(7.5));

        sink.Script = _ => SinkAction.Accept;
        await node.StartAsync();
        await sink.WaitForAsync(1, Limit);
        await node.WaitEmptyAsync(Limit);
        Assert.Equal(1, sink.Count("<1@x>", "to@a.test"));
    }

    private static async Task<NodeSpec> SpecAsync(Engine engine, SmtpSink sink, string grace) => await engine.SpecAsync() with
    {
        Routes = [("*", $"smtp://127.0.0.1:{sink.Port}")],
        Configure = json => json["Node"]!["ShutdownGrace"] = JsonValue.Create(grace),
    };

    private static int Missing(LoadClient load, SmtpSink sink) =>
        load.Acknowledged.Values.Count(sent => sink.Count(sent.Id, sent.Recipients.Single()) == 0);

    private static async Task AssertRefusedAsync(IPEndPoint server)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        var refused = await Assert.ThrowsAsync<SocketException>(() => socket.ConnectAsync(server));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
    }
}
