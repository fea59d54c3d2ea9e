using Postfleet.Simulation.Tests.Machinery;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.Simulation.Tests;

/// <summary>The promises hold at every step of many runs.</summary>
public sealed class PromiseTests(ITestOutputHelper output)
{
    private const long Steps = 1_000_000;

    /// <summary>
    /// Seeds of situations in which a promise was broken once. A seed fails when the rule made for its situation is broken.
    /// </summary>
    public static TheoryData<int, string> Found => new()
    {
        { 33, nameof(BrokenRule.HandedOverWhileRunning) },
        { 600, nameof(BrokenRule.FenceIsUniqueKeyAlone) },
        { 98, nameof(BrokenRule.JobsOfAnotherIncarnationTaken) },
        { 41, nameof(BrokenRule.DeletionNotRepeated) },
        { 56, nameof(BrokenRule.PassivatedForGood) },
    };

    [Theory]
    [MemberData(nameof(Found))]
    public void Seeds_of_earlier_findings_hold(int seed, string rule)
    {
        var plan = new Plan(seed, Sizes.Of(seed));
        Check(plan);
        Assert.NotNull(Simulator.Run(plan with { Broken = Enum.Parse<BrokenRule>(rule) }).Failure);
    }

    /// <summary>The same runs each time, to detect a broken promise with the change that breaks it.</summary>
    [Fact]
    public void The_promises_hold_in_a_million_steps()
    {
        var (steps, seed) = (0L, 0);
        for (; steps < Steps; seed++) steps += Check(new Plan(seed, Sizes.Of(seed)));
        output.WriteLine($"{seed} runs, {steps} steps");
    }

    /// <summary>Fresh runs; POSTFLEET_TEST_SEED repeats them.</summary>
    [Fact]
    public void The_promises_hold_in_fresh_runs()
    {
        var first = Runs.FreshSeed(output);
        var steps = 0L;
        for (var seed = first; steps < Steps / 4; seed++) steps += Check(new Plan(seed, Sizes.Of(seed)));
    }

    /// <summary>The first runs are the same each time, the last is fresh.</summary>
    [Fact]
    public void Streams_share_a_site_by_their_weights()
    {
        var windows = 0;
        foreach (var seed in (int[])[.. Enumerable.Range(0, 3), Runs.FreshSeed(output)])
        {
            var outcome = Simulator.Run(Plan.OfStreams(seed));
            if (outcome.Failure is not null) Assert.Fail(Shrinker.Explain(outcome.Plan));
            windows += outcome.Windows;
            output.WriteLine($"{outcome.Steps} steps, {outcome.Windows} windows");
        }

        Assert.InRange(windows, 60, int.MaxValue);
    }

    /// <summary>The seed alone decides a run: a failure can be repeated.</summary>
    [Fact]
    public void A_seed_gives_the_same_run_each_time()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var plan = new Plan(seed, Sizes.Of(seed)) { IsTraced = true };
            var (one, other) = (Simulator.Run(plan), Simulator.Run(plan));
            Assert.Equal(one.Steps, other.Steps);
            Assert.Equal(one.Trace!.LinesAbout(null), other.Trace!.LinesAbout(null));
        }
    }

    private static long Check(Plan plan)
    {
        var outcome = Simulator.Run(plan);
        if (outcome.Failure is not null) Assert.Fail(Shrinker.Explain(plan));
        return outcome.Steps;
    }
}
