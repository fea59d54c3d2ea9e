using System.Text.Json.Nodes;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.Kubernetes.Tests.Rollout;

/// <summary>What Helm renders runs as processes, and is scaled and upgraded under load.</summary>
[Collection(nameof(RolloutTests))]
public sealed class RolloutTests(ITestOutputHelper output)
{
    [RolloutFact]
    public async Task Scaling_and_an_upgrade_with_another_configuration_lose_nothing_send_nothing_twice_and_refuse_nobody()
    {
        await using var run = await RolloutRun.PrepareAsync(output);
        var (release, values) = (run.Release, run.Release.Values);
        release.Images["0.1.0"] = PodImage.Current;
        values["frontend"] = new JsonObject { ["replicas"] = 2 };
        values["queue"] = new JsonObject { ["replicas"] = RolloutRun.IsFull ? 3 : 2 };
        values["delivery"] = new JsonObject { ["replicas"] = RolloutRun.IsFull ? 2 : 1 };
        await run.StepAsync("install", run.InstallAsync);

        await run.StepAsync("scale out the queue nodes", async () =>
        {
            values["queue"]!["replicas"] = RolloutRun.IsFull ? 5 : 3;
            await release.ApplyAsync();
            await run.FlowAsync();
        });
        await run.StepAsync("scale in queue nodes and frontends", async () =>
        {
            values["queue"]!["replicas"] = RolloutRun.IsFull ? 3 : 2;
            values["frontend"]!["replicas"] = 1;
            await release.ApplyAsync();
            await release.EndedAsync();
            await run.FlowAsync();
        });
        await run.StepAsync("upgrade with another configuration", async () =>
        {
            var before = release.Pods.Where(pod => !pod.IsTerminating).ToList();
            values["config"]!["Queues"]!["MaxRetry"] = "5s";
            await release.ApplyAsync();
            await release.EndedAsync();
            Assert.All(before, pod => Assert.NotNull(pod.Stopped));
            await run.FlowAsync();
        });
        await run.AssertAsync("3 to 5 to 3 queue nodes, 2 to 1 frontends, another configuration", mayFail: false);
    }
}
