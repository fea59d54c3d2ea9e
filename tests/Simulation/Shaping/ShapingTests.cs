using Postfleet.Simulation.Tests.Checks;
using Xunit;
using Xunit.Abstractions;

namespace Postfleet.Simulation.Tests.Shaping;

/// <summary>A destination finds the rate of a site and keeps below it, also over moves, in many runs.</summary>
public sealed class ShapingTests(ITestOutputHelper output)
{
    private const int Count = 12;
    private const int MaxRuns = 20;

    public static TheoryData<string> Rules => Runs.RulesOf<BrokenShapingRule>();

    /// <summary>The same runs each time.</summary>
    [Fact]
    public void The_rate_of_a_site_is_found_and_kept_in_all_runs() => Hold(isOfStream: false);

    [Fact]
    public void The_rate_of_a_stream_is_found_and_kept_and_other_mail_does_not_wait() => Hold(isOfStream: true);

    private void Hold(bool isOfStream) => Runs.Hold(0, Count, seed =>
    {
        var world = new ShapingWorld(seed, BrokenShapingRule.None, isOfStream);
        var broken = Runs.Catch(world.Run);
        output.WriteLine(
            $"site of {world.Site.PerSecond}/s: goodput {world.Goodput:P1}, {world.RefusedShare:P2} of the attempts refused");
        return broken;
    });

    [Theory]
    [MemberData(nameof(Rules))]
    public void A_broken_rule_of_shaping_is_detected(string name) =>
        Runs.Detect(MaxRuns, name, seed => Run(seed, Enum.Parse<BrokenShapingRule>(name)), output);

    private static PromiseBrokenException? Run(int seed, BrokenShapingRule rule) =>
        Runs.Catch(new ShapingWorld(seed, rule, isOfStream: rule == BrokenShapingRule.OthersAreSlowed || seed % 2 == 1).Run);
}
