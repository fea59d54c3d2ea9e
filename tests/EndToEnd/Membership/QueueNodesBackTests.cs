using Postfleet.EndToEnd.Tests.Cluster;
using Postfleet.EndToEnd.Tests.Relay;
using Postfleet.Testing;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.EndToEnd.Tests.Membership;

/// <summary>
/// All queue nodes die and return with their addresses, in every order of the addresses of queue nodes, delivery nodes and frontends. A
/// survivor with the lowest address once ended the new cluster after some seconds, because its resolver still counted the dead nodes.
/// </summary>
public sealed class QueueNodesBackTests(ITestOutputHelper output) : Scenario(output)
{
    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(TestSize.Choose(15, 120));

    public static TheoryData<string, int> Orders()
    {
        var data = new TheoryData<string, int>();
        string[] all =
        [
            "delivery frontend queue", "frontend delivery queue", "delivery queue frontend", "frontend queue delivery",
            "queue delivery frontend", "queue frontend delivery",
        ];
        // In the first four orders a survivor leads the new cluster. The first is the order of names on Kubernetes.
        foreach (var order in all.Take(TestSize.Choose(1, all.Length)))
            foreach (var seconds in TestSize.IsFull ? (int[])[30, 60, 120] : [30]) data.Add(order, seconds);
        return data;
    }

    [Theory]
    [MemberData(nameof(Orders))]
    public async Task The_cluster_of_the_queue_nodes_that_are_back_stands(string order, int secondsDown)
    {
        var downFor = TimeSpan.FromSeconds(secondsDown);
        var roles = order.Split(' ');
        await using var fleet = await Fleet.StartAsync(plan => plan with
        {
            Nodes = [("queue1", "queue"), ("queue2", "queue"), ("queue3", "queue"), ("delivery1", "delivery"), ("frontend1", "frontend")],
            AddressOrder = roles,
        });
        await RunAsync(fleet, async () =>
        {
            await using var load = fleet.Load(20);
            await load.ReachedAsync(100, Limit);
            Assert.Contains((await fleet.Frontends[0].GetAsync("/api/v1/cluster"))["leader"]!.GetValue<string>(), fleet.Cluster
                .With(roles[0]).Select(Name));
            var killed = DateTimeOffset.UtcNow;
            await Task.WhenAll(fleet.QueueNodes.Select(node => node.KillAsync()));
            await PassAsync(killed, downFor);
            await Task.WhenAll(fleet.QueueNodes.Select(node => node.StartAsync(Limit)));
            await fleet.Cluster.WaitReadyAsync(Limit);
            await PassAsync(DateTimeOffset.UtcNow, Watched);
            foreach (var node in fleet.Cluster.Nodes)
            {
                Assert.True(node.IsRunning, $"{node.Spec.Name} has ended");
                foreach (var words in (string[])["rejoining", "giving up", "SBR took decision"])
                    Assert.DoesNotContain(node.Process.Output, line => line.Contains(words, StringComparison.Ordinal));
            }

            await load.StopAsync();
            var verdict = await Verdict.OfAsync(fleet, load, Limit);
            Report($"all queue nodes dead for {secondsDown} s, addresses in the order {order.Replace(" ", ", ", StringComparison.Ordinal)}",
                verdict, null, $"watched for {Watched.TotalSeconds:0} s; {Counts(load)}");
            verdict.AssertNothingLostOrTwice(Output);
            Assert.Empty(load.Failures);
        });
    }

    private static string Name(PostfleetNode node) => $"{node.Spec.ClusterHost}:{NodeConfiguration.ClusterPort}";

    private static Task PassAsync(DateTimeOffset since, TimeSpan time) =>
        Eventually.True(() => DateTimeOffset.UtcNow - since >= time, time + Limit, "the time passes");
}
