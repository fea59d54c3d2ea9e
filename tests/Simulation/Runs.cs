using System.Globalization;
using Postfleet.Simulation.Tests.Checks;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.Simulation.Tests;

/// <summary>The frame of tests over many runs: the same runs each time, fresh runs, and runs with a broken rule.</summary>
internal static class Runs
{
    /// <summary>The first seed of fresh runs: POSTFLEET_TEST_SEED, or any, which is printed.</summary>
    public static int FreshSeed(ITestOutputHelper output)
    {
        var first = Environment.GetEnvironmentVariable("POSTFLEET_TEST_SEED") is { Length: > 0 } text
            ? int.Parse(text, CultureInfo.InvariantCulture)
            : Random.Shared.Next(1_000_000, int.MaxValue - 1_000_000);
        output.WriteLine($"POSTFLEET_TEST_SEED={first}");
        return first;
    }

    /// <summary>The names of the rules that can be broken: all but the first.</summary>
    public static TheoryData<string> RulesOf<T>()
        where T : struct, Enum => [.. Enum.GetNames<T>().Skip(1)];

    /// <summary>A run breaks no promise.</summary>
    /// <param name="first">The first seed.</param>
    /// <param name="runs">The number of runs.</param>
    /// <param name="run">Runs a seed; null where no promise is broken.</param>
    /// <param name="explain">More about a failing seed.</param>
    public static void Hold(int first, int runs, Func<int, PromiseBrokenException?> run, Func<int, string>? explain = null)
    {
        for (var seed = first; seed < first + runs; seed++)
            if (run(seed) is { } broken) Assert.Fail($"seed {seed}: {broken.Message}{explain?.Invoke(seed)}");
    }

    /// <summary>One of the first runs with a broken rule breaks a promise.</summary>
    /// <param name="runs">The number of runs.</param>
    /// <param name="rule">The rule, for the failure.</param>
    /// <param name="run">Runs a seed; null where no promise is broken.</param>
    /// <param name="output">Gets the broken promise.</param>
    public static void Detect(int runs, string rule, Func<int, PromiseBrokenException?> run, ITestOutputHelper output)
    {
        for (var seed = 0; seed < runs; seed++)
        {
            if (run(seed) is not { } broken) continue;
            output.WriteLine($"run {seed}: {broken.Message}");
            return;
        }

        Assert.Fail($"{runs} runs did not detect the broken rule {rule}");
    }

    /// <summary>The promise that a run breaks; null for none.</summary>
    public static PromiseBrokenException? Catch(Action run)
    {
        try
        {
            run();
            return null;
        }
        catch (PromiseBrokenException e)
        {
            return e;
        }
    }
}
