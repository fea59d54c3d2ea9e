using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Postfleet.EndToEnd.Tests.Relay;
using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.EndToEnd.Tests.Cluster;

/// <summary>Scenario 8: many queues hold mail that could not be delivered when a queue node dies. Its queues wake elsewhere without any new mail.</summary>
public sealed class WakeTests(ITestOutputHelper output) : Scenario(output)
{
    [Fact]
    public async Task All_queues_of_a_dead_node_wake_without_new_mail()
    {
        var domains = TestSize.Choose(2_000, 20_000);
        var retry = TestSize.Choose(5, 30);
        await using var fleet = await Fleet.StartAsync(configure: json =>
            json["Queues"] = new JsonObject { ["FirstRetry"] = $"{retry}s", ["MaxRetry"] = $"{retry}s" });
        var refused = new ConcurrentDictionary<string, bool>();
        fleet.Sink.Script = step =>
        {
            if (step.Stage != SinkStage.Recipient)
            {
                return SinkAction.Accept;
            }

            refused[step.Line] = true;
            return SinkAction.Reply("451 4.2.1 not now");
        };
        await RunAsync(fleet, async () =>
        {
            await using var load = fleet.Load(TestSize.Choose(300, 500), domains, n => $"to@d{n}.s{n % Fleet.Sites}.test");
            await load.Finished.WaitAsync(Limit);
            await Eventually.True(() => refused.Count == domains, Limit, "every domain's mail has been tried and deferred");

            var node = fleet.QueueNodes[new Random(TestSize.Seed).Next(fleet.QueueNodes.Count)];
            var others = fleet.QueueNodes.Where(other => other != node).ToList();
            var before = (await node.QueuesAsync()).Messages;
            await node.KillAsync();
            var killed = DateTimeOffset.UtcNow;
            var held = 0L;
            await Eventually.True(
                async () => (held = (await Task.WhenAll(others.Select(other => other.QueuesAsync()))).Sum(totals => totals.Messages)) == domains,
                Limit, () => $"{held} of {domains} queues are awake; {node.Spec.Name} had {before}");
            var awake = DateTimeOffset.UtcNow - killed;

            fleet.Sink.Script = _ => SinkAction.Accept;
            var verdict = await Verdict.OfAsync(fleet, load, Limit);
            Report(
                $"a queue node dies with mail for {domains} domains waiting", verdict, awake,
                $"{before} queues were on it; the time is until all of them were awake elsewhere");
            verdict.AssertNothingLostOrTwice(Output);
            Assert.True(before > 0, "no queue was on the node that died");
        });
    }
}
