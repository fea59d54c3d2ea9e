using System.Text.Json.Nodes;
using Npgsql;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.Kubernetes.Tests.Rollout;

/// <summary>
/// An upgrade from an earlier version of the program and the rollback to it, under load, with both versions side by side.
/// </summary>
[Collection(nameof(RolloutTests))]
public sealed class VersionTests(ITestOutputHelper output)
{
    private const string Earlier = "earlier", Current = "0.1.0";

    [RolloutFact(IsForFullRuns = true)]
    public async Task An_upgrade_from_an_earlier_version_and_the_rollback_lose_nothing()
    {
        var (commit, problem) = await EarlierVersion.FindAsync();
        Assert.True(commit is not null, $"{problem}; POSTFLEET_TEST_EARLIER names the commit to build");

        await using var run = await RolloutRun.PrepareAsync(output);
        var (release, values) = (run.Release, run.Release.Values);
        await run.StepAsync($"build {commit}", async () =>
            release.Images[Earlier] = new PodImage(await EarlierVersion.BuildAsync(commit), ToEarlierKeys));
        release.Images[Current] = PodImage.Current;
        values["image"] = new JsonObject { ["tag"] = Earlier };
        await run.StepAsync("install the earlier version", run.InstallAsync);
        run.IsOneSiteClosed = true;
        await run.StepAsync("first nodes of the current version", () => RollAsync(run, Current, most: 1));
        await run.StepAsync("back, with both versions", () => RollAsync(run, Earlier, most: int.MaxValue));
        await run.StepAsync("first nodes of the current version again", () => RollAsync(run, Current, most: 1));
        await run.StepAsync("all nodes of the current version", () => RollAsync(run, Current, most: int.MaxValue));
        await run.StepAsync("first nodes of the earlier version", () => RollAsync(run, Earlier, most: 1));
        await run.StepAsync("all nodes of the earlier version", () => RollAsync(run, Earlier, most: int.MaxValue));
        await run.AssertAsync("earlier version to current version and back", mayFail: true);
    }

    private static async Task RollAsync(RolloutRun run, string tag, int most)
    {
        run.Release.Values["image"]!["tag"] = tag;
        await run.Release.ApplyAsync(most);
        await run.FlowAsync();
    }

    // The earlier version has no discovery without seeds, no password file and no drain delay.
    private static void ToEarlierKeys(JsonObject configuration, PodMounts mounts)
    {
        var (storage, node, cluster) = (configuration["Storage"]!.AsObject(), configuration["Node"]!.AsObject(), configuration["Cluster"]!);
        storage["ConnectionString"] = new NpgsqlConnectionStringBuilder((string)storage["ConnectionString"]!)
        {
            Password = File.ReadAllText((string)storage["PasswordFile"]!),
        }.ConnectionString;
        storage.Remove("PasswordFile");
        node.Remove("DrainDelay");
        cluster["Seeds"] = new JsonArray($"{mounts.Address}:{(int)cluster["Port"]!}");
    }
}
