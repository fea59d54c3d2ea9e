using Postfleet.Simulation.Tests.Checks;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.Simulation.Tests.Membership;

/// <summary>Nodes find each other in the registry: one cluster, and no living node harmed, in many runs with faults.</summary>
public sealed class MembershipTests(ITestOutputHelper output)
{
    private const int Count = 1_500;
    private const int MaxRuns = 30_000;

    public static TheoryData<string> Rules => Runs.RulesOf<BrokenMembershipRule>();

    /// <summary>The same runs each time.</summary>
    [Fact]
    public void Membership_holds_in_all_runs() => Runs.Hold(0, Count, seed => Run(seed, BrokenMembershipRule.None), Explain);

    /// <summary>Fresh runs; POSTFLEET_TEST_SEED repeats them.</summary>
    [Fact]
    public void Membership_holds_in_fresh_runs() =>
        Runs.Hold(Runs.FreshSeed(output), Count / 4, seed => Run(seed, BrokenMembershipRule.None), Explain);

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_broken_rule_of_membership_is_detected(string name) =>
        Runs.Detect(MaxRuns, name, seed => Run(seed, Enum.Parse<BrokenMembershipRule>(name)), output);

    private static PromiseBrokenException? Run(int seed, BrokenMembershipRule rule) =>
        Runs.Catch(new MembershipWorld(seed, rule, isTraced: false).Run);

    private static string Explain(int seed)
    {
        var world = new MembershipWorld(seed, BrokenMembershipRule.None, isTraced: true);
        Runs.Catch(world.Run);
        return $"\n{string.Join('\n', world.Trace!.LinesAbout(null))}";
    }
}
