using System.Globalization;
using Postfleet.Simulation.Tests.Checks;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.Simulation.Tests.Membership;

/// <summary>Nodes find each other in the registry: one cluster, and no living node harmed, in many runs with faults.</summary>
public sealed class MembershipTests(ITestOutputHelper output)
{
    private const int Runs = 1_500;
    private const int MaxRuns = 30_000;

    public static TheoryData<string> Rules =>
        [.. Enum.GetNames<BrokenMembershipRule>().Where(name => name != nameof(BrokenMembershipRule.None))];

    /// <summary>The same runs each time.</summary>
    [Fact]
    public void Membership_holds_in_all_runs() => Check(0, Runs);

    /// <summary>Fresh runs; POSTFLEET_TEST_SEED repeats them.</summary>
    [Fact]
    public void Membership_holds_in_fresh_runs()
    {
        var first = Environment.GetEnvironmentVariable("POSTFLEET_TEST_SEED") is { Length: > 0 } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : Random.Shared.Next(1_000_000, int.MaxValue - 1_000_000);
        output.WriteLine($"POSTFLEET_TEST_SEED={first}");
        Check(first, Runs / 4);
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_broken_rule_of_membership_is_detected(string name)
    {
        var rule = Enum.Parse<BrokenMembershipRule>(name);
        for (var seed = 0; seed < MaxRuns; seed++)
        {
            if (Run(seed, rule) is not { } broken) continue;
            output.WriteLine($"run {seed}: {broken.Message}");
            return;
        }

        Assert.Fail($"{MaxRuns} runs did not detect the broken rule {name}");
    }

    private static void Check(int first, int runs)
    {
        for (var seed = first; seed < first + runs; seed++)
        {
            if (Run(seed, BrokenMembershipRule.None) is not { } broken) continue;
            var world = new MembershipWorld(seed, BrokenMembershipRule.None, isTraced: true);
            Catch(world);
            Assert.Fail($"seed {seed}: {broken.Message}\n{string.Join('\n', world.Trace!.LinesAbout(null))}");
        }
    }

    private static PromiseBrokenException? Run(int seed, BrokenMembershipRule rule) =>
        Catch(new MembershipWorld(seed, rule, isTraced: false));

    private static PromiseBrokenException? Catch(MembershipWorld world)
    {
        try
        {
            world.Run();
            return null;
        }
        catch (PromiseBrokenException e)
        {
            return e;
        }
    }
}
