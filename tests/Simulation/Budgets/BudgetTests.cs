using System.Globalization;
using Postfleet.Simulation.Tests.Checks;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.Simulation.Tests.Budgets;

/// <summary>Limits hold over several nodes, exactly, in many runs with faults.</summary>
public sealed class BudgetTests(ITestOutputHelper output)
{
    private const int Runs = 150;
    private const int MaxRuns = 3_000;

    public static TheoryData<string> Rules =>
        [.. Enum.GetNames<BrokenBudgetRule>().Where(name => name != nameof(BrokenBudgetRule.None))];

    /// <summary>The same runs each time.</summary>
    [Fact]
    public void Limits_hold_in_all_runs() => Check(0, Runs);

    /// <summary>Fresh runs; POSTFLEET_TEST_SEED repeats them.</summary>
    [Fact]
    public void Limits_hold_in_fresh_runs()
    {
        var first = Environment.GetEnvironmentVariable("POSTFLEET_TEST_SEED") is { Length: > 0 } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : Random.Shared.Next(1_000_000, int.MaxValue - 1_000_000);
        output.WriteLine($"POSTFLEET_TEST_SEED={first}");
        Check(first, Runs / 4);
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_broken_rule_of_limits_is_detected(string name)
    {
        var rule = Enum.Parse<BrokenBudgetRule>(name);
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
            if (Run(seed, BrokenBudgetRule.None) is { } broken) Assert.Fail($"seed {seed}: {broken.Message}");
    }

    private static PromiseBrokenException? Run(int seed, BrokenBudgetRule rule)
    {
        try
        {
            new BudgetWorld(seed, rule).Run();
            return null;
        }
        catch (PromiseBrokenException e)
        {
            return e;
        }
    }
}
