using Postfleet.Simulation.Tests.Checks;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.Simulation.Tests.Budgets;

/// <summary>Limits hold over several nodes, exactly, in many runs with faults.</summary>
public sealed class BudgetTests(ITestOutputHelper output)
{
    private const int Count = 150;
    private const int MaxRuns = 3_000;

    public static TheoryData<string> Rules => Runs.RulesOf<BrokenBudgetRule>();

    /// <summary>The same runs each time.</summary>
    [Fact]
    public void Limits_hold_in_all_runs() => Runs.Hold(0, Count, seed => Run(seed, BrokenBudgetRule.None));

    /// <summary>Fresh runs; POSTFLEET_TEST_SEED repeats them.</summary>
    [Fact]
    public void Limits_hold_in_fresh_runs() => Runs.Hold(Runs.FreshSeed(output), Count / 4, seed => Run(seed, BrokenBudgetRule.None));

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_broken_rule_of_limits_is_detected(string name) =>
        Runs.Detect(MaxRuns, name, seed => Run(seed, Enum.Parse<BrokenBudgetRule>(name)), output);

    private static PromiseBrokenException? Run(int seed, BrokenBudgetRule rule) => Runs.Catch(new BudgetWorld(seed, rule).Run);
}
